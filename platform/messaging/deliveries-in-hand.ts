import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from './broker.ts';

/** What a consumer was given over one channel and has not settled: makes each delivery settle once, and knows when all are settled. */
export class DeliveriesInHand {
  readonly #lost = new AbortController();
  readonly #unsettled = new Set<() => void>();
  readonly #waiting: (() => void)[] = [];

  constructor() {
    setMaxListeners(0, this.#lost.signal); // every delivery may listen
  }

  get count(): number {
    return this.#unsettled.size;
  }

  /** Completes a delivery: what it does is done at most once, and not after the channel was lost. @param onLost called when the channel is lost before it was settled */
  add(delivery: Omit<Delivery, 'lost'>, onLost: () => void = () => undefined): Delivery {
    const entry = (): void => onLost(); // a new identity for each delivery
    this.#unsettled.add(entry);
    const once = (settle: () => void) => (): void => {
      if (!this.#unsettled.delete(entry)) return;
      settle();
      if (this.count === 0) this.#tellIdle();
    };
    return { ...delivery, lost: this.#lost.signal, ack: once(delivery.ack), requeue: once(delivery.requeue) };
  }

  /** The channel is gone: the broker delivers all of it again. */
  lose(): void {
    const unsettled = [...this.#unsettled];
    this.#unsettled.clear();
    this.#lost.abort();
    for (const onLost of unsettled) onLost();
    this.#tellIdle();
  }

  /** Resolves when all are settled or lost, or at the deadline. */
  async whenIdle(deadlineAt: number): Promise<void> {
    if (this.count === 0) return;
    const idle = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (deadlineAt === Infinity) return idle;
    const patience = new AbortController();
    const late = delay(Math.max(0, deadlineAt - Date.now()), undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([idle, late]);
    patience.abort();
  }

  #tellIdle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
