/** Why a stream that was live had to begin again. */
export type Interruption = 'lost' | 'silent' | 'slept' | 'network' | 'reload';

/** What was caught up after an interruption: how many events had been missed meanwhile. Times are milliseconds since 1970. */
export interface CaughtUp {
  readonly since: number;
  readonly at: number;
  readonly missed: number;
  readonly why: Interruption;
}

/**
 * How the feed stands. Times are milliseconds since 1970.
 * - `connecting`: has no place among the events yet; `problem` says why the last try failed
 * - `live`: everything up to now was delivered; `caughtUp` after an interruption
 * - `resuming`: was interrupted, comes back by itself from the last event; nothing is lost meanwhile
 * - `refused`: the server will not continue from there; only `startAnew` helps
 */
export type ConnectionState =
  | { readonly phase: 'connecting'; readonly since: number; readonly problem?: string }
  | { readonly phase: 'live'; readonly since: number; readonly caughtUp?: CaughtUp }
  | { readonly phase: 'resuming'; readonly since: number; readonly why: Interruption; readonly problem?: string }
  | { readonly phase: 'refused'; readonly code: string; readonly message: string };
