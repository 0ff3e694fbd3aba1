import type { Listeners } from './fan-out.ts';

const ATTEMPTS = 6;
const ATTEMPT_MS = 5_000;

/** A subscription is not live the moment it is asked for, so events are published until one reaches everybody. @returns its number */
export async function untilAllListen(listeners: Listeners, publish: (event: number) => Promise<void>): Promise<number> {
  for (let event = 1; ; event += 1) {
    try {
      await listeners.deliver(event, () => publish(event), ATTEMPT_MS);
      return event;
    } catch (error) {
      if (event === ATTEMPTS) throw error;
    }
  }
}

/** @param reviewsUrl of the subgraph, which sends the event to all that are subscribed there */
export async function publish(reviewsUrl: string, event: number): Promise<void> {
  await fetch(new URL('/emit', reviewsUrl), { method: 'POST', body: String(event) });
}
