import type pg from 'pg';

/** A node of `explain (format json)`: https://www.postgresql.org/docs/18/using-explain.html */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * The tables that a statement reads from one end to the other, in the plan that the server would keep for any values: a prepared statement is planned once.
 * @param text as it is sent, with `$1`, `$2` …
 */
export async function findSequentialScans(client: pg.Client, text: string): Promise<readonly string[]> {
  await client.query(`prepare statement as ${text}`);
  try {
    const { rows } = await client.query<{ count: number }>(
      `select cardinality(parameter_types) as count from pg_prepared_statements where name = 'statement'`,
    );
    const values = Array.from({ length: rows[0]?.count ?? 0 }, () => 'null').join(', ');
    await client.query('set plan_cache_mode = force_generic_plan');
    const explained = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (format json) execute statement${values === '' ? '' : `(${values})`}`,
    );
    return (explained.rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => scansOf(Plan));
  } finally {
    await client.query('deallocate statement').catch(() => undefined); // a transaction that failed drops it anyway
  }
}

function scansOf(node: PlanNode): string[] {
  const own = node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : [];
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)];
}

/**
 * The tables that the statements inside of functions and triggers read from one end to the other while `work` is done on this connection, which must be a
 * superuser's: https://www.postgresql.org/docs/18/auto-explain.html
 */
export async function findNestedScans(client: pg.Client, work: () => Promise<unknown>): Promise<readonly string[]> {
  const scanned: string[] = [];
  let plans = 0;
  const read = ({ message }: { message?: string | undefined }): void => {
    const [, json] = message?.split(/^duration: .* plan:\n/) ?? [];
    if (json === undefined) return;
    plans += 1;
    scanned.push(...scansOf((JSON.parse(json) as { Plan: PlanNode }).Plan));
  };
  await client.query(`
    load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
    set auto_explain.log_format = 'json'; set auto_explain.log_level = 'notice'`);
  client.on('notice', read);
  try {
    await work();
  } finally {
    client.off('notice', read);
    await client.query('set auto_explain.log_min_duration = -1');
  }
  if (plans === 0) throw new Error('no statement was explained');
  return scanned;
}
