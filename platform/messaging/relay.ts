import { backoffDelayMs } from '../foundation/backoff.ts';
import { toMessage } from '../foundation/errors.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { Counter, Gauge, type Registry } from '../foundation/metrics.ts';
import { sql, type Kysely } from '../storage/database.ts';
import type { Broker } from './broker.ts';
import { toErrorFields } from './error-fields.ts';
import { assignPositions } from './outbox-positions.ts';
import { publishBatch, type BatchResult } from './outbox-publishing.ts';
import type { OutboxSchema } from './outbox.ts';
import { startWakeLoop, type Rest } from './wake-loop.ts';

export interface Relay extends Stoppable {
  /** Call it after a commit that wrote to the outbox. Cheap, and many calls make one run. */
  wake(): void;
  /** Finishes the batch that is under way. */
  stop(deadlineAt: number): Promise<void>;
}

export interface RelayOptions<Schema extends OutboxSchema> {
  readonly db: Kysely<Schema>;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics?: Registry;
  /** How often it looks without being woken, milliseconds: for rows of a process that died after its commit, and of other replicas. */
  readonly pollMs: number;
  /** Most rows of one round trip; default 200. */
  readonly batchSize?: number;
  /** Asked before each round trip; when it says no, it is one of one row. So that what batches gain can be measured. Default always. */
  readonly isBatched?: (() => boolean) | undefined;
  /** Told after positions were committed, also while the broker is down. */
  readonly onPositioned?: () => void;
}

/**
 * Carries the outbox to the broker. Two loops that do not wait for each other: one gives committed rows their positions, one publishes
 * positioned rows with confirms and marks them. Any number of replicas may run it on one database: positions are given under an advisory
 * lock, and a row is published by one relay at a time (it is locked meanwhile, and PostgreSQL frees the locks of a relay that died or froze).
 * A crash between the confirm and the mark publishes the row again; nothing is left out.
 *
 * A row that the broker does not take (no route, refused) is tried again later by itself, at most every 30 s, its reason in `last_error`; a broker
 * that cannot be used stops the publishing as a whole, quietly, until it is back. The broker's confirm timeout must be below the database's
 * `idle_in_transaction_session_timeout`. The caller stops it before the broker and the database.
 */
export function startRelay<Schema extends OutboxSchema>(options: RelayOptions<Schema>): Relay {
  const { db, broker, logger, pollMs, batchSize: most = 200, isBatched = () => true, onPositioned } = options;
  const published = options.metrics ? watchOutbox(db, options.metrics) : undefined;
  const report = createOutageReport(logger);
  let failures = 0;

  const rest = (failed: boolean): Rest => {
    failures = failed ? failures + 1 : 0;
    return failed ? { waitMs: backoffDelayMs(failures - 1, { maxMs: 2_000 }), firm: true } : { waitMs: pollMs };
  };

  const positioning = startWakeLoop(async () => {
    const batchSize = isBatched() ? most : 1;
    try {
      const count = await assignPositions(db, batchSize);
      if (count > 0) onPositioned?.();
      publishing.wake(); // also when there was nothing new: rows may have been marked to be published again
      report.positioning(undefined);
      return { waitMs: count === batchSize ? 0 : pollMs };
    } catch (error) {
      report.positioning(error);
      return { waitMs: pollMs };
    }
  });

  const publishing = startWakeLoop(async () => {
    if (!broker.connected) return { waitMs: pollMs }; // the broker says so itself, and `onConnected` wakes
    const batchSize = isBatched() ? most : 1;
    try {
      const batch = await publishBatch(db, broker, batchSize);
      published?.inc(batch.published);
      logRefused(logger, batch);
      report.publishing(batch.unavailable);
      if (batch.unavailable !== undefined) return rest(true);
      return batch.size === batchSize ? { waitMs: 0 } : rest(false);
    } catch (error) {
      report.publishing(error);
      return rest(true);
    }
  });

  broker.onConnected(publishing.wake);
  return {
    wake: positioning.wake,
    async stop(deadlineAt) {
      await Promise.all([positioning.stop(deadlineAt), publishing.stop(deadlineAt)]);
    },
  };
}

function logRefused(logger: Logger, { refused }: BatchResult): void {
  for (const { id, type, attempts, error } of refused) {
    logger.warn({ event: id, type, attempts }, `an event of the outbox was not taken and is tried again later: ${toMessage(error)}`);
  }
}

/** One line when it begins, one when it is over. */
function createOutageReport(logger: Logger): Record<'positioning' | 'publishing', (error: unknown) => void> {
  const failing = new Set<string>();
  const toReport = (what: string) => (error: unknown) => {
    if (error === undefined && failing.delete(what)) logger.info(`the outbox is ${what} again`);
    if (error !== undefined && !failing.has(what)) {
      failing.add(what);
      logger.warn(toErrorFields(error), `the outbox cannot go on ${what}: ${toMessage(error)}`);
    }
  };
  return { positioning: toReport('positioning'), publishing: toReport('publishing') };
}

/** As the partial index has it: the outbox is large, and what waits is little. */
const PUBLISHABLE = 'published_at is null and position is not null';

/** The gauges ask the database when they are read. @returns the counter of published events */
function watchOutbox<Schema extends OutboxSchema>(db: Kysely<Schema>, metrics: Registry): Counter {
  const registers = [metrics];
  const read = async (figure: string): Promise<number> => {
    const { rows } = await sql<{
      value: number;
    }>`select (${sql.raw(figure)})::float8 as value`.execute(db);
    return rows[0]?.value ?? 0;
  };
  const watch = (name: string, help: string, figure: string): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read(figure).catch(() => NaN)); // a database that is down must not cost the other figures
      },
    });
  };
  watch(
    'paygraph_outbox_pending',
    'Events of the outbox that were not published',
    `(select count(*) from outbox where position is null) + (select count(*) from outbox where ${PUBLISHABLE})`,
  );
  watch(
    'paygraph_outbox_lag_seconds',
    'Age of the oldest event that was not published',
    `coalesce(extract(epoch from now() - least(
       (select min(created_at) from outbox where position is null), (select created_at from outbox where ${PUBLISHABLE} order by position limit 1))), 0)`,
  );
  return new Counter({ name: 'paygraph_outbox_published_total', help: 'Events that the broker confirmed', registers });
}
