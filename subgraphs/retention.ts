import { toMessage } from '../platform/foundation/errors.ts';
import type { Logger } from '../platform/foundation/logger.ts';
import { Counter, type Registry } from '../platform/foundation/metrics.ts';
import { startWakeLoop, type WakeLoop } from '../platform/messaging/wake-loop.ts';
import { inTransaction, sql, type Kysely, type Transaction } from '../platform/storage/database.ts';

/** One kind of row that is not kept for ever. */
export interface RetentionTask<Schema> {
  /** For the log and the metrics: `idempotency keys of payments`. */
  readonly what: string;
  /** Removes a few of the oldest that are over. Runs in a short transaction, alone among all replicas. */
  readonly clean: (trx: Transaction<Schema>, limit: number) => Promise<Cleaned>;
}

export interface Cleaned {
  readonly removed: number;
  /** Whether the limit ended it, so that there may be more. */
  readonly more: boolean;
}

export interface RetentionOptions<Schema> {
  readonly db: Kysely<Schema>;
  readonly tasks: readonly RetentionTask<Schema>[];
  readonly logger: Logger;
  readonly metrics: Registry;
  /** How often it looks, milliseconds. */
  readonly pollMs: number;
  /** Most rows of one transaction; default 1,000. */
  readonly batchSize?: number;
}

/** `keep` in ASCII; nothing else in this database may take it. */
const LOCK = 1_801_807_216;
/** Between two batches, so that the work of a service goes first. */
const BREATH_MS = 50;

/**
 * Removes what has been kept long enough: in batches, each a short transaction, one replica at a time (who does not get the advisory lock does nothing this
 * time). What fails is logged once and tried again at the next look. `stop` waits for the batch that is under way.
 */
export function startRetention<Schema>({ db, tasks, logger, metrics, pollMs, batchSize = 1_000 }: RetentionOptions<Schema>): WakeLoop {
  const registers = [metrics];
  const removed = new Counter({
    name: 'paygraph_retention_removed_total',
    help: 'Rows that were kept long enough and are gone',
    labelNames: ['what'],
    registers,
  });
  const failures = new Counter({
    name: 'paygraph_retention_failures_total',
    help: 'Looks for rows to remove that failed',
    labelNames: ['what'],
    registers,
  });
  const failing = new Set<string>();
  for (const { what } of tasks) removed.inc({ what }, 0); // shown before there was something to remove

  /** @returns whether there may be more */
  const runTask = async ({ what, clean }: RetentionTask<Schema>): Promise<boolean> => {
    try {
      const cleaned = await inTransaction(db, async (trx) => ((await isAlone(trx)) ? clean(trx, batchSize) : undefined));
      if (failing.delete(what)) logger.info(`old rows are removed again: ${what}`);
      if (cleaned === undefined) return false;
      removed.inc({ what }, cleaned.removed);
      if (cleaned.removed > 0) logger.debug(`${cleaned.removed} old rows are removed: ${what}`);
      return cleaned.more;
    } catch (error) {
      failures.inc({ what });
      if (!failing.has(what)) logger.warn({ err: error }, `old rows cannot be removed (${what}): ${toMessage(error)}`);
      failing.add(what);
      return false;
    }
  };

  return startWakeLoop(async () => {
    let more = false;
    for (const task of tasks) more = (await runTask(task)) || more;
    return { waitMs: more ? Math.min(BREATH_MS, pollMs) : pollMs };
  });
}

async function isAlone<Schema>(trx: Transaction<Schema>): Promise<boolean> {
  const { rows } = await sql<{ alone: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as alone`.execute(trx);
  return rows[0]?.alone ?? false;
}
