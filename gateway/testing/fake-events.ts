import { AsyncQueue } from '../../platform/foundation/async-queue.ts';

/** One event of a fake subscription: what the test gave for it, and which one it is. */
export interface FakeEvent {
  readonly given: unknown;
  readonly index: number;
}

/** The open subscriptions of a fake subgraph. */
export interface FakeEvents {
  /** Opens one. @param count that many events at once and the end; without it, what is emitted */
  open(field: string, count: number | undefined): AsyncIterableIterator<FakeEvent>;
  /** Waits for a subscription of that field when there is none. @returns how many got the event @throws Error when none came in time */
  emit(field: string, given: unknown): Promise<number>;
  /** Ends the open subscriptions of that field. */
  complete(field: string): void;
}

const MAX_WAITING = 100_000;
const SUBSCRIBED_WITHIN_MS = 5_000;

export function createFakeEvents(): FakeEvents {
  const open = new Map<string, Set<AsyncQueue<FakeEvent>>>();
  const emitted = new Map<string, number>();
  const waiting = new Set<{ readonly field: string; readonly wake: () => void }>();

  const opened = (field: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const entry = {
        field,
        wake() {
          clearTimeout(timer);
          waiting.delete(entry);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        waiting.delete(entry);
        reject(new Error(`expected a subscription to ${field} within ${SUBSCRIBED_WITHIN_MS} ms, and none came`));
      }, SUBSCRIBED_WITHIN_MS);
      timer.unref();
      waiting.add(entry);
    });

  return {
    open(field, count) {
      const queues = open.get(field) ?? new Set();
      open.set(field, queues);
      const queue: AsyncQueue<FakeEvent> = new AsyncQueue({
        bound: Math.max(MAX_WAITING, count ?? 0),
        onReturn: () => queues.delete(queue),
      });
      for (let index = 0; index < (count ?? 0); index += 1) queue.push({ given: undefined, index });
      if (count !== undefined) {
        queue.end();
        return queue;
      }
      queues.add(queue);
      for (const entry of waiting) if (entry.field === field) entry.wake();
      return queue;
    },
    async emit(field, given) {
      if (!open.get(field)?.size) await opened(field);
      const index = emitted.get(field) ?? 0;
      emitted.set(field, index + 1);
      const queues = [...(open.get(field) ?? [])];
      for (const queue of queues) if (!queue.push({ given, index })) queue.fail(new Error(`${MAX_WAITING} events wait to be read`));
      return queues.length;
    },
    complete(field) {
      for (const queue of [...(open.get(field) ?? [])]) queue.end();
    },
  };
}
