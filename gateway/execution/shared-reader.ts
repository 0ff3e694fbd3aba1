import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { DependencyError } from '../../platform/foundation/errors.ts';
import type { GatewayResult } from '../engine.ts';
import type { SubscriptionPlan } from '../planning/executable-plan.ts';
import type { ExecutionRequest } from './execution.ts';
import { executeSubscription, initialPosition, type SubscriptionStart } from './execute-subscription.ts';
import { toFetchError } from './failure.ts';
import type { Participant, SharedEvent, SharedSubscription } from './shared-subscription.ts';

export interface SharedReaderOptions {
  readonly request: ExecutionRequest;
  readonly subscription: SubscriptionPlan;
  readonly shared: SharedSubscription;
  /** Results that wait for this reader. */
  readonly bound: number;
}

const END: IteratorResult<GatewayResult> = { value: undefined, done: true };

/**
 * One client's view of a shared subscription. It follows the shared stream when it may: at once when the client asked for no position;
 * otherwise it reads a stream of its own until the two meet at the same position, and goes on with the shared one from there, without
 * gap or repeat. Who is too slow for the buffer goes back to a stream of their own where there is a position, and fails alone where there is none.
 */
export function openSharedReader({ request, subscription, shared, bound }: SharedReaderOptions): AsyncIterableIterator<GatewayResult> {
  const { context } = request;
  let waiting = createQueue();
  /** Where the client is, as far as known. */
  let position: string | undefined;
  /** While it is there, the client reads it and not the shared stream. */
  let own: AsyncIterableIterator<GatewayResult> | undefined;
  let ownPositions = new WeakMap<GatewayResult, string>();
  /** What the shared stream brought meanwhile, the latest ones. */
  let recent: SharedEvent[] = [];
  /** The buffer was full: it is emptied, and then the client goes on behind its last result on a stream of its own. */
  let overflowed = false;
  /** The shared stream ended by itself. */
  let ended = false;
  let left = false;

  function createQueue(): AsyncQueue<GatewayResult> {
    return new AsyncQueue<GatewayResult>({ bound });
  }

  const participant: Participant = {
    onEvent(event) {
      if (own) remember(event);
      else if (!overflowed && !ended) hand(event);
    },
    onEnd() {
      if (own || overflowed) return; // it has a stream of its own, or will have one
      ended = true;
      waiting.end();
    },
  };

  function hand({ result, position: at }: SharedEvent): void {
    if (waiting.push(result)) {
      position = at;
      return;
    }
    if (position !== undefined) overflowed = true;
    else {
      leaveShared();
      waiting.fail(
        new DependencyError('SUBSCRIPTION_TOO_SLOW', `subgraph ${subscription.primary.subgraph}`, `more than ${bound} events wait`),
      );
    }
  }

  function remember(event: SharedEvent): void {
    recent.push(event);
    if (recent.length > bound) recent.shift(); // the own stream brings it
    meet();
  }

  /** Goes over to the shared stream when it is known to have been where the client is now. */
  function meet(): void {
    if (!own || position === undefined) return;
    const at = recent.findLastIndex((event) => event.position === position);
    if (at < 0) return;
    const rest = recent.slice(at + 1);
    void own.return?.();
    own = undefined;
    recent = [];
    waiting = createQueue();
    for (const event of rest) participant.onEvent(event);
  }

  function openOwn(from: SubscriptionStart['from']): void {
    const positions = new WeakMap<GatewayResult, string>();
    ownPositions = positions;
    recent = [];
    own = executeSubscription(request, subscription, { ...(from && { from }), onPosition: (result, at) => positions.set(result, at) });
  }

  function leaveShared(): void {
    left = true;
    context.signal.removeEventListener('abort', leave);
    shared.leave(participant);
  }
  function leave(): void {
    void own?.return?.();
    own = undefined;
    leaveShared();
    void waiting.return();
  }

  async function nextOfOwn(stream: AsyncIterableIterator<GatewayResult>): Promise<IteratorResult<GatewayResult>> {
    const next = await stream.next();
    if (left) return END;
    if (own !== stream) return step(); // they met while it was waited for: what came belongs to the shared stream
    if (next.done) {
      leave();
      return END;
    }
    position = ownPositions.get(next.value);
    meet();
    return next;
  }

  async function nextOfShared(): Promise<IteratorResult<GatewayResult>> {
    try {
      const next = await waiting.next();
      if (next.done && !left) leaveShared();
      return next;
    } catch (error) {
      return { value: { errors: [toFetchError(error, subscription.primary.subgraph, request.logger, context.requestId)] }, done: false };
    }
  }

  function step(): Promise<IteratorResult<GatewayResult>> {
    if (own) return nextOfOwn(own);
    if (overflowed && !left && waiting.size === 0) {
      overflowed = false;
      if (position !== undefined) openOwn({ after: position });
      if (own) return nextOfOwn(own);
    }
    return nextOfShared();
  }

  const asked = initialPosition(request, subscription);
  shared.join(participant);
  if (context.signal.aborted) leave();
  else {
    context.signal.addEventListener('abort', leave, { once: true });
    if (asked === undefined || asked === null) shared.open();
    else {
      if (shared.size > 1) shared.open();
      position = String(asked);
      openOwn('client');
    }
  }
  let last: Promise<unknown> | undefined;
  /** One after the other, because each may change where the next one reads. */
  const stepInTurn = (): Promise<IteratorResult<GatewayResult>> => {
    const next = (last ?? Promise.resolve()).then(step);
    const turn = next.then(
      () => undefined,
      () => undefined,
    );
    last = turn;
    void turn.then(() => {
      if (last === turn) last = undefined;
    });
    return next;
  };
  return {
    next: () => (own || overflowed || last ? stepInTurn() : nextOfShared()),
    async return() {
      leave();
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
