import type { ConnectionState } from './connection-state.ts';
import { createMutationLatencies, type LatencySample } from './mutation-latencies.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';

/** Newest events that are kept. */
export const MAX_EVENTS = 10_000;

export interface FeedEvent extends PaymentEventRecord {
  /** 1 for the first event of this page. */
  readonly sequence: number;
}

/** Never changed; each change makes another. */
export interface FeedSnapshot {
  /** Newest first, at most `MAX_EVENTS`. */
  readonly events: readonly FeedEvent[];
  readonly connection: ConnectionState;
  /** Oldest first. */
  readonly latencies: readonly LatencySample[];
  /** When this page began to listen, milliseconds since 1970. */
  readonly startedAt: number;
}

/** What this page has heard of payments. Events are told in batches, so that thousands a second cost as much as ten. */
export interface PaymentEventStore {
  snapshot(): FeedSnapshot;
  outcome(paymentId: string): FeedEvent | undefined;
  push(event: PaymentEventRecord): void;
  setConnection(connection: ConnectionState): void;
  reportMutation(paymentId: string, sentAtMs: number): void;
  /** @returns no longer tells it */
  subscribe(listener: () => void): () => void;
  /** Each batch once, oldest event first. @returns no longer tells it */
  onEvents(listener: (events: readonly FeedEvent[]) => void): () => void;
}

export interface PaymentEventStoreOptions {
  readonly maxEvents?: number;
  /** Least time between two batches. Default 100 ms; a single event is told at once. */
  readonly batchMs?: number;
  /** A batch of so many is told without waiting. */
  readonly maxBatch?: number;
}

export function createPaymentEventStore(options: PaymentEventStoreOptions = {}): PaymentEventStore {
  const { maxEvents = MAX_EVENTS, batchMs = 100, maxBatch = 2_000 } = options;
  const latencies = createMutationLatencies();
  const outcomes = new Map<string, FeedEvent>();
  const listeners = new Set<() => void>();
  const batchListeners = new Set<(events: readonly FeedEvent[]) => void>();
  let snapshot: FeedSnapshot = {
    events: [],
    connection: { phase: 'connecting', since: Date.now() },
    latencies: [],
    startedAt: Date.now(),
  };
  let batch: FeedEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let toldAt = -Infinity;
  let sequence = 0;

  const change = (changes: Partial<FeedSnapshot>): void => {
    snapshot = { ...snapshot, ...changes };
    for (const listener of listeners) listener();
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length === 0) return;
    const told = batch;
    batch = [];
    toldAt = performance.now();
    const all = [...told.toReversed(), ...snapshot.events];
    for (const event of told) outcomes.set(event.payment.id, event);
    for (const forgotten of all.splice(maxEvents)) {
      if (outcomes.get(forgotten.payment.id) === forgotten) outcomes.delete(forgotten.payment.id);
    }
    change({ events: all, latencies: latencies.samples() });
    for (const listener of batchListeners) listener(told);
  };

  return {
    snapshot: () => snapshot,
    outcome: (paymentId) => outcomes.get(paymentId),
    push(event) {
      sequence += 1;
      batch.push({ ...event, sequence });
      latencies.eventCame(event.payment.id);
      if (batch.length >= maxBatch) flush();
      else timer ??= setTimeout(flush, Math.max(0, toldAt + batchMs - performance.now()));
    },
    setConnection(connection) {
      flush(); // what was counted as caught up is there when it is said
      change({ connection });
    },
    reportMutation(paymentId, sentAtMs) {
      if (latencies.mutationSent(paymentId, sentAtMs)) change({ latencies: latencies.samples() });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onEvents(listener) {
      batchListeners.add(listener);
      return () => void batchListeners.delete(listener);
    },
  };
}
