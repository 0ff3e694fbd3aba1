import { randomUUID } from 'node:crypto';
import type { GatewayResult } from '../engine.ts';
import type { SubscriptionPlan } from '../planning/executable-plan.ts';
import { HEADERS_OF_ONE_REQUEST } from '../subgraphs/headers-of-one-request.ts';
import type { ExecutionRequest } from './execution.ts';
import { executeSubscription } from './execute-subscription.ts';

/** A result as all that share a subscription see it: the same object. */
export interface SharedEvent {
  readonly result: GatewayResult;
  /** Where to continue behind it. */
  readonly position: string | undefined;
}

/** Who takes part. */
export interface Participant {
  onEvent(event: SharedEvent): void;
  /** The shared stream ended by itself; nothing more comes. */
  onEnd(): void;
}

/**
 * One stream of events from now on, and one completion of each event, for any number of participants. It is opened when asked for, reads
 * without waiting for anybody, and is ended with the last participant.
 */
export class SharedSubscription {
  readonly #participants = new Set<Participant>();
  readonly #request: ExecutionRequest;
  readonly #subscription: SubscriptionPlan;
  readonly #onEmpty: () => void;
  #stream: AsyncIterableIterator<GatewayResult> | undefined;

  /** @param request of the participant that comes first @param onEmpty told when the last participant has left */
  constructor(request: ExecutionRequest, subscription: SubscriptionPlan, onEmpty: () => void) {
    this.#request = request;
    this.#subscription = subscription;
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#participants.size;
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  join(participant: Participant): void {
    this.#participants.add(participant);
  }

  leave(participant: Participant): void {
    if (!this.#participants.delete(participant) || this.#participants.size > 0) return;
    void this.#stream?.return?.();
    this.#stream = undefined;
    this.#onEmpty();
  }

  open(): void {
    if (this.#stream) return;
    const positions = new WeakMap<GatewayResult, string>();
    const request = { ...this.#request, context: toSharedContext(this.#request.context) };
    const stream = executeSubscription(request, this.#subscription, {
      from: 'now',
      onPosition: (result, position) => positions.set(result, position),
    });
    this.#stream = stream;
    void this.#read(stream, positions);
  }

  /** Never rejects: `executeSubscription` tells failures as results. */
  async #read(stream: AsyncIterableIterator<GatewayResult>, positions: WeakMap<GatewayResult, string>): Promise<void> {
    for (;;) {
      const { value: result, done } = await stream.next();
      if (this.#stream !== stream) return;
      if (done) break;
      const event: SharedEvent = { result, position: positions.get(result) };
      for (const participant of this.#participants) participant.onEvent(event);
    }
    this.#stream = undefined;
    for (const participant of [...this.#participants]) participant.onEnd();
  }
}

/** Belongs to no client: it has an id of its own, no trace, and does not end with the client that came first. */
function toSharedContext({ headers }: ExecutionRequest['context']): ExecutionRequest['context'] {
  const requestId = randomUUID();
  const shared = Object.fromEntries(Object.entries(headers).filter(([name]) => !HEADERS_OF_ONE_REQUEST.has(name)));
  return {
    headers: 'x-request-id' in headers ? { ...shared, 'x-request-id': requestId } : shared,
    signal: new AbortController().signal,
    requestId,
  };
}
