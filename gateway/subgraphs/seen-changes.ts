import type { SubgraphClient } from './subgraph-client.ts';

/**
 * Counts what clients of this process may have learnt of: a mutation is over, an event was handed on. Who asks afterwards must not be
 * given what was read before, so a query never joins one that began under another count.
 */
export class SeenChanges {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(): void {
    this.#count += 1;
  }

  /** The same subscriptions, with each event counted before anybody sees it. */
  watch(subscribe: SubgraphClient['subscribe']): SubgraphClient['subscribe'] {
    return (request, context) => {
      const events = subscribe(request, context);
      return {
        next: async () => {
          const event = await events.next();
          if (!event.done) this.note();
          return event;
        },
        async return() {
          await events.return?.();
          return { value: undefined, done: true };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    };
  }
}
