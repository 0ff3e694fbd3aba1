import { DomainError, toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { startWakeLoop } from '../../platform/messaging/wake-loop.ts';
import type { Consumer } from '../../platform/messaging/consumer.ts';
import { sql } from '../../platform/storage/database.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** The operator's switch, and the hold that a restore puts on. They lie in the database, so they hold for all replicas and outlive them. */
export interface ProcessingControl extends Stoppable {
  isPaused(): Promise<boolean>;
  /**
   * When it resolves this replica has followed; the others do within `pollMs`.
   * @throws DomainError RECONCILE_FIRST to go on is refused until reconcile has told what a restore lost
   */
  setPaused(paused: boolean): Promise<void>;
  /** Also stops the consumer. */
  stop(deadlineAt: number): Promise<void>;
}

export interface ProcessingControlOptions {
  readonly db: PaymentsDatabase;
  /** Called once, the first time that processing is not paused: a paused service takes no message, not even the first. */
  readonly startConsumer: () => Promise<Consumer>;
  /** How often it looks whether another replica switched, milliseconds. */
  readonly pollMs: number;
  readonly logger: Logger;
}

export async function startProcessingControl({ db, startConsumer, pollMs, logger }: ProcessingControlOptions): Promise<ProcessingControl> {
  let consumer: Consumer | undefined;
  let following: boolean | undefined;
  let failing = false;
  let turn: Promise<void> = Promise.resolve();

  const isPaused = async (): Promise<boolean> => {
    const { rows } = await sql<{ paused: boolean }>`select paused or awaits_reconcile as paused from processing_control`.execute(db);
    return rows[0]?.paused ?? false;
  };
  /** One look at a time, so that an old answer is never applied after a newer one. */
  const follow = (): Promise<void> =>
    (turn = turn
      .catch(() => undefined)
      .then(async () => {
        const paused = await isPaused();
        if (paused === following) return;
        if (paused) await consumer?.pause();
        else if (consumer) await consumer.resume();
        else consumer = await startConsumer();
        following = paused;
      }));

  const look = async (): Promise<void> => {
    try {
      await follow();
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, `cannot see whether processing is paused: ${toMessage(error)}`);
      failing = true;
    }
  };

  await look();
  const watch = startWakeLoop(async () => {
    await look();
    return { waitMs: pollMs };
  });

  return {
    isPaused,
    async setPaused(paused) {
      const { rows } = await sql<{
        held: boolean;
      }>`update processing_control set paused = ${paused} returning awaits_reconcile as held`.execute(db);
      await follow();
      if (!paused && rows[0]?.held) {
        throw new DomainError(
          'RECONCILE_FIRST',
          'payments was restored: it goes on by itself once `npm run reconcile -- --mend` has told it what it lost',
        );
      }
    },
    async stop(deadlineAt) {
      // Side by side: a pause that waits for a slow handler ends when the consumer is stopped.
      await Promise.all([watch.stop(deadlineAt), consumer?.stop(deadlineAt)]);
    },
  };
}
