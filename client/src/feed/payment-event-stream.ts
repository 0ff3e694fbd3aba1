import type { CaughtUp, ConnectionState, Interruption } from './connection-state.ts';

/** Why a stream or a question failed. `code` is the GraphQL error's, if it is one. */
export interface StreamFailure {
  readonly code?: string | undefined;
  readonly message: string;
}

export interface EventSink<Event> {
  event(event: Event): void;
  failed(failure: StreamFailure): void;
  ended(): void;
}

/** Where events come from, such as a GraphQL client. */
export interface EventSource<Event> {
  /** Opens the stream behind this cursor. @returns leaves it */
  subscribe(after: string, sink: EventSink<Event>): () => void;
  /** Cursor of the newest event. @throws StreamFailure (as the rejection) */
  readNewestCursor(signal: AbortSignal): Promise<string>;
}

/** What a test replaces. `after` runs `run` once and returns what calls it off. */
export interface StreamClock {
  now(): number;
  after(ms: number, run: () => void): () => void;
  random(): number;
}

export interface PaymentEventStreamOptions<Event> {
  readonly source: EventSource<Event>;
  /** Each event once, in order. */
  onEvent(event: Event): void;
  onState(state: ConnectionState): void;
  /** Where to go on from; absent: from now on. `why` and `since` say what happened before. */
  readonly resume?: { readonly after: string; readonly since: number; readonly why: Interruption } | undefined;
  readonly clock?: StreamClock;
}

/** One subscription that stays alive. Started by `start`, ended by `stop`; both may be called again. */
export interface PaymentEventStream {
  start(): void;
  stop(): void;
  /** The network came back or changed: old connections may be dead, so it begins a new one at once. */
  reconnect(): void;
  /** Something may have happened (the tab is seen again, the browser says it is offline): makes sure now, not at the next look. */
  checkNow(): void;
  /** Where to go on later, and since when something may be missing there. Undefined before it has a place. */
  place(): { readonly cursor: string; readonly at: number } | undefined;
  /** Forgets its place and goes on from now. What happened in between is not shown. */
  startAnew(): void;
}

/** All in milliseconds. */
const TIMES = {
  firstRetry: 250,
  longestRetry: 10_000,
  /** How often it is compared whether the newest event was delivered: a half-open connection looks like silence. */
  lookEvery: 15_000,
  answerWithin: 10_000,
  /** An event that is known to exist and has not come for so long: the connection is dead. */
  eventWithin: 8_000,
  tick: 5_000,
  /** Timers of a hidden tab run once a minute, so only what is later than that was a sleep. */
  slept: 75_000,
  late: 15_000,
} as const;

/** Answers that another try would only repeat. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'CURSOR_EXPIRED',
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
]);

/** Repeats are known by their cursors, the newest of them. A server that keeps its word repeats none. */
const MAX_KNOWN_CURSORS = 10_000;

interface Attempt {
  closed: boolean;
  delivered: number;
  /** Newest event that is known to exist while it was not delivered yet. */
  target: string | undefined;
  unsubscribe: () => void;
  readonly abort: AbortController;
  readonly timers: Map<'look' | 'answer' | 'event', () => void>;
}

/**
 * Keeps one subscription going through anything: errors, ends, restarts of the server, a network that comes and goes, a sleeping laptop, a
 * connection that is dead without saying so. It always continues behind the last event it delivered, so nothing is missed and nothing comes
 * twice. Whether it has caught up is known by asking for the newest cursor, because an open stream says nothing until the next event.
 */
export function createPaymentEventStream<Event extends { readonly cursor: string }>({
  source,
  onEvent,
  onState,
  resume,
  clock = browserClock,
}: PaymentEventStreamOptions<Event>): PaymentEventStream {
  const known = new Set<string>();
  let last = resume?.after;
  let gap: { since: number; why: Interruption; missed: number } | undefined = resume && { since: resume.since, why: resume.why, missed: 0 };
  let attempt: Attempt | undefined;
  let failures = 0;
  let state: ConnectionState | undefined;
  let cancelRetry = (): void => undefined;
  let cancelTick = (): void => undefined;
  let running = false;

  const setState = (next: ConnectionState): void => {
    state = next;
    onState(next);
  };
  const isDelivered = (cursor: string): boolean => cursor === last || known.has(cursor);

  const setTimer = (on: Attempt, name: 'look' | 'answer' | 'event', ms: number, run: () => void): void => {
    on.timers.get(name)?.();
    on.timers.set(name, clock.after(ms, run));
  };
  const clearTimer = (on: Attempt, name: 'look' | 'answer' | 'event'): void => {
    on.timers.get(name)?.();
    on.timers.delete(name);
  };
  const close = (on: Attempt | undefined): void => {
    cancelRetry();
    if (!on || on.closed) return;
    on.closed = true;
    for (const cancel of on.timers.values()) cancel();
    on.abort.abort();
    on.unsubscribe();
  };

  const interrupt = (why: Interruption, failure: StreamFailure | undefined, atOnce = false): void => {
    const progressed = (attempt?.delivered ?? 0) > 0 || (state?.phase === 'live' && clock.now() - state.since > TIMES.longestRetry);
    close(attempt);
    if (failure?.code !== undefined && FINAL_CODES.has(failure.code)) {
      setState({ phase: 'refused', code: failure.code, message: failure.message });
      return;
    }
    failures = progressed || atOnce ? 0 : failures + 1;
    const problem = failure && { problem: failure.message };
    if (last === undefined) setState({ phase: 'connecting', since: state?.phase === 'connecting' ? state.since : clock.now(), ...problem });
    else {
      gap ??= { since: clock.now(), why, missed: 0 };
      setState({ phase: 'resuming', since: gap.since, why: gap.why, ...problem });
    }
    const longest = Math.min(TIMES.longestRetry, TIMES.firstRetry * 2 ** failures);
    cancelRetry = clock.after(atOnce ? 0 : longest * (0.5 + clock.random() / 2), begin); // jitter: many pages lose one gateway together
  };

  const becomeLive = (on: Attempt): void => {
    on.target = undefined;
    clearTimer(on, 'event');
    if (state?.phase === 'live') return;
    const caughtUp: CaughtUp | undefined = gap && { ...gap, at: clock.now() };
    gap = undefined;
    setState({ phase: 'live', since: clock.now(), ...(caughtUp && { caughtUp }) });
  };
  const expectEvent = (on: Attempt): void =>
    setTimer(on, 'event', TIMES.eventWithin, () => interrupt('silent', { message: 'the connection went silent' }));

  const look = async (on: Attempt): Promise<void> => {
    clearTimer(on, 'look');
    setTimer(on, 'answer', TIMES.answerWithin, () => interrupt('lost', { message: 'the server does not answer' }));
    try {
      const newest = await source.readNewestCursor(on.abort.signal);
      if (on.closed) return;
      clearTimer(on, 'answer');
      if (last === undefined) open(on, newest);
      else if (isDelivered(newest)) becomeLive(on);
      else {
        on.target = newest;
        expectEvent(on);
      }
      setTimer(on, 'look', TIMES.lookEvery, () => void look(on));
    } catch (failure) {
      if (!on.closed) interrupt('lost', toFailure(failure));
    }
  };

  const deliver = (on: Attempt, event: Event): void => {
    if (on.closed || known.has(event.cursor)) return;
    known.add(event.cursor);
    for (const oldest of known) {
      if (known.size <= MAX_KNOWN_CURSORS) break;
      known.delete(oldest);
    }
    last = event.cursor;
    on.delivered += 1;
    if (gap) gap.missed += 1;
    onEvent(event);
    if (on.target === undefined) return;
    if (isDelivered(on.target)) becomeLive(on);
    else expectEvent(on);
  };

  const open = (on: Attempt, after: string): void => {
    last = after;
    const unsubscribe = source.subscribe(after, {
      event: (event) => deliver(on, event),
      failed: (failure) => !on.closed && interrupt('lost', failure),
      ended: () => !on.closed && interrupt('lost', { message: 'the server ended the stream' }),
    });
    if (on.closed) unsubscribe(); // it failed before it returned
    else on.unsubscribe = unsubscribe;
    if (gap === undefined && !on.closed) becomeLive(on);
  };

  const begin = (): void => {
    const on: Attempt = {
      closed: false,
      delivered: 0,
      target: undefined,
      unsubscribe: () => undefined,
      abort: new AbortController(),
      timers: new Map(),
    };
    attempt = on;
    if (last !== undefined) open(on, last);
    if (!on.closed) void look(on);
  };

  const tick = (): void => {
    const expectedAt = clock.now() + TIMES.tick;
    cancelTick = clock.after(TIMES.tick, () => {
      const lateMs = clock.now() - expectedAt;
      tick();
      if (lateMs > TIMES.slept && state?.phase === 'live') interrupt('slept', undefined, true);
      else if (lateMs > TIMES.late) checkNow();
    });
  };

  const checkNow = (): void => {
    if (!running || !state || state.phase === 'refused') return;
    if (attempt?.closed) {
      cancelRetry();
      begin();
    } else if (attempt && !attempt.timers.has('answer')) void look(attempt);
  };

  return {
    start() {
      if (running) return;
      running = true;
      if (last === undefined) setState({ phase: 'connecting', since: clock.now() });
      else {
        gap ??= { since: clock.now(), why: 'lost', missed: 0 };
        setState({ phase: 'resuming', since: gap.since, why: gap.why });
      }
      begin();
      tick();
    },
    stop() {
      running = false;
      close(attempt);
      cancelTick();
    },
    reconnect() {
      if (running && state && state.phase !== 'refused') interrupt('network', undefined, true);
    },
    checkNow,
    place: () => (last === undefined ? undefined : { cursor: last, at: gap?.since ?? clock.now() }),
    startAnew() {
      if (!running) return;
      close(attempt);
      last = undefined;
      gap = undefined;
      failures = 0;
      setState({ phase: 'connecting', since: clock.now() });
      begin();
    },
  };
}

function toFailure(failure: unknown): StreamFailure {
  const { code, message } = (failure ?? {}) as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : undefined, message: typeof message === 'string' ? message : String(failure) };
}

const browserClock: StreamClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
