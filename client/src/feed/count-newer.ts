import type { FeedEvent } from './payment-event-store.ts';

/** How many of `events` (newest first) came after the first of `shown`. */
export function countNewer(events: readonly FeedEvent[], shown: readonly FeedEvent[]): number {
  const seen = shown[0]?.sequence ?? 0;
  const firstSeen = events.findIndex(({ sequence }) => sequence <= seen);
  return firstSeen < 0 ? events.length : firstSeen;
}
