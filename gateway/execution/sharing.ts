/**
 * Which subscriptions share. `resumable`: those whose events have a position, which makes the field a log: who comes later misses nothing.
 * `all`: every one, also where a subgraph may greet each new subscriber with an event of its own, which who comes later then does not get.
 */
export const SHARING = ['resumable', 'all', 'none'] as const;
export type Sharing = (typeof SHARING)[number];
