import { sql, type Kysely } from '../../platform/storage/database.ts';

export interface TableColumn {
  readonly name: string;
  /** As SQL writes it: `timestamp with time zone`. */
  readonly type: string;
  /** Whether PostgreSQL numbers it. */
  readonly identity: boolean;
}

export interface TableDescription {
  readonly name: string;
  /** Without those that PostgreSQL computes. */
  readonly columns: readonly TableColumn[];
}

/** All tables of the schema but the migrator's, each after those that it refers to. */
export async function describeTables(db: Kysely<unknown>): Promise<readonly TableDescription[]> {
  const { rows: tables } = await sql<TableDescription & { parents: string[] }>`
    select c.relname as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'identity', a.attidentity <> '') order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      array(select p.relname::text from pg_constraint k join pg_class p on p.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f' and p.oid <> c.oid) as parents
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely\_%'
    order by c.relname`.execute(db);
  const ordered: TableDescription[] = [];
  const done = new Set<string>();
  while (ordered.length < tables.length) {
    const next = tables.find(({ name, parents }) => !done.has(name) && parents.every((parent) => done.has(parent)));
    if (!next) throw new Error('tables refer to each other in a circle');
    done.add(next.name);
    ordered.push({ name: next.name, columns: next.columns });
  }
  return ordered;
}
