import { backoffDelayMs } from '../../platform/foundation/backoff.ts';
import { toCode, toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { toErrorFields } from '../../platform/messaging/error-fields.ts';
import { startWakeLoop } from '../../platform/messaging/wake-loop.ts';
import type { Check } from '../../subgraphs/health.ts';
import { passEvent, passPage, readCatchUp, startRound, type CatchUp } from './catch-up.ts';
import type { ProcessedPayment } from './count-points.ts';
import type { GraphPayments } from './graph-payments.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';

export interface GraphFollowerOptions {
  readonly db: LoyaltyDatabase;
  readonly payments: GraphPayments;
  /** Counts payments and notes how far we have read, both or neither. */
  readonly count: (payments: readonly ProcessedPayment[], moving: ReturnType<typeof passEvent>) => Promise<unknown>;
  /** `live`: follows the events for good, nobody else tells us of new payments. A number: only looks, so often, for what the queue has missed; milliseconds. */
  readonly mode: 'live' | number;
  readonly logger: Logger;
}

export interface GraphFollower extends Stoppable {
  /** Looks now. */
  wake(): void;
  /** `down` while the graph does not answer. */
  readonly check: Check;
}

/**
 * Reads the graph for payments that we have not heard of: at the first start the whole history, later what was processed since the place that the
 * database remembers. A graph that does not answer is waited for. A place that payments does not know any more (CURSOR_EXPIRED, another
 * database) means to read the history again, which costs time and counts nothing twice.
 */
export function startGraphFollower({ db, payments, count, mode, logger }: GraphFollowerOptions): GraphFollower {
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | undefined;
  let told: string | undefined;
  let failures = 0;

  const readHistory = async (catchUp: CatchUp): Promise<void> => {
    let counted = 0;
    for (let after = catchUp.historyAfter, last = false; !last;) {
      const page = await payments.readHistory(after, signal);
      await count(page.payments, passPage(catchUp, page));
      counted += page.payments.length;
      ({ endCursor: after, last } = page);
    }
    logger.info(`payments from before: ${counted}`);
  };

  /** @param upTo ends behind this event; undefined: never */
  const followEvents = async (catchUp: CatchUp, upTo: string | undefined): Promise<void> => {
    if (catchUp.eventsAfter === null || catchUp.eventsAfter === upTo) return;
    for await (const { cursor, payment } of payments.follow(catchUp.eventsAfter, signal)) {
      await count(payment ? [payment] : [], passEvent(catchUp, cursor));
      failures = 0;
      if (cursor === upTo) return;
    }
    throw new Error('the gateway ended the subscription');
  };

  const catchUpOnce = async (): Promise<void> => {
    let catchUp = await readCatchUp(db);
    const newest = await payments.newestCursor(signal);
    problem = undefined;
    try {
      if (catchUp.eventsAfter === null) {
        await startRound(db, catchUp, newest);
        catchUp = await readCatchUp(db);
      }
      if (!catchUp.historyRead) {
        await readHistory(catchUp);
        catchUp = await readCatchUp(db); // another replica may have come further, or begun anew
      }
      await followEvents(catchUp, mode === 'live' ? undefined : newest);
    } catch (error) {
      if (toCode(error) === 'GRAPH_REFUSED') await startRound(db, catchUp, newest);
      throw error;
    }
  };

  const loop = startWakeLoop(async () => {
    try {
      await catchUpOnce();
      failures = 0;
      told = undefined;
      return { waitMs: mode === 'live' ? 0 : mode };
    } catch (error) {
      const waitMs = backoffDelayMs(failures);
      failures += 1;
      problem = toMessage(error);
      if (problem !== told && !signal.aborted)
        logger.warn(toErrorFields(error), `cannot read payments, trying again in ${Math.ceil(waitMs)} ms: ${problem}`);
      told = problem;
      return { waitMs, firm: true };
    }
  });

  return {
    wake: loop.wake,
    get check(): Check {
      return problem === undefined ? { status: 'up' } : { status: 'down', problem };
    },
    async stop(deadlineAt) {
      stopping.abort();
      await loop.stop(deadlineAt);
    },
  };
}
