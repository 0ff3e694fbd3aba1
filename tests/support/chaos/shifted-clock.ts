/** This process's clock, to be set from outside: ahead, behind, or stepping. Timers run as ever. */
export interface ShiftedClock {
  /** Milliseconds between our clock and everybody else's from now on. */
  set(offsetMs: number): void;
}

/** Replaces `Date`. Install it before anything else is loaded. */
export function installShiftedClock(): ShiftedClock {
  const RealDate = globalThis.Date;
  let offsetMs = 0;
  const toArguments = (given: readonly unknown[]): [string] =>
    (given.length === 0 ? [RealDate.now() + offsetMs] : given) as unknown as [string];
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      super(...toArguments(given));
    }

    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  } as DateConstructor;
  return { set: (ms) => (offsetMs = ms) };
}
