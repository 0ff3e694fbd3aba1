import { createSeededRandom } from '../../../gateway/testing/seeded-random.ts';

/** One fault at one time; what else is to be chosen is drawn here too, so that the seed alone decides. */
export interface Step {
  readonly atMs: number;
  readonly fault: string;
  /** How long it lasts. */
  readonly forMs: number;
  /** Which replica, link or kind: each fault takes what it needs of it. */
  readonly choice: number;
}

export interface DrawnFault {
  readonly name: string;
  /** Shortest and longest duration. */
  readonly lastsMs: readonly [number, number];
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly forMs: number;
  readonly faults: readonly DrawnFault[];
  /** From one fault to the next in a mixture, at least and at most; default 500 to 4,000. */
  readonly gapMs?: readonly [number, number];
  /** Whether the first round has each fault alone, with a pause after it; default false: all of it is a mixture. */
  readonly aloneFirst?: boolean;
}

/** Rest after a fault that shall be alone. */
const ALONE_REST_MS = 6_000;

/** Rounds of all faults, each round in an order of its own, so that none is left to chance; as many as the time holds. The same seed draws the same. */
export function drawSchedule({ seed, forMs, faults, gapMs = [500, 4_000], aloneFirst = false }: ScheduleOptions): Step[] {
  const random = createSeededRandom(seed);
  const steps: Step[] = [];
  let atMs = 0;
  for (let round = 0; atMs < forMs && faults.length > 0; round += 1) {
    const left = [...faults];
    while (left.length > 0 && atMs < forMs) {
      const [fault] = left.splice(random.between(0, left.length - 1), 1);
      if (!fault) break;
      const step = { atMs, fault: fault.name, forMs: random.between(...fault.lastsMs), choice: random.between(0, 999_999) };
      const gap = random.between(...gapMs);
      steps.push(step);
      atMs += aloneFirst && round === 0 ? step.forMs + ALONE_REST_MS : gap;
    }
  }
  return steps;
}

/** One line for each step. */
export function describeSchedule(steps: readonly Step[]): string {
  return steps.map(({ atMs, fault, forMs, choice }) => `${formatTime(atMs)}  ${fault}  for ${forMs} ms  #${choice}`).join('\n');
}

/** `12:34.5` since the start. */
export function formatTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${String(minutes).padStart(2, '0')}:${((ms % 60_000) / 1_000).toFixed(1).padStart(4, '0')}`;
}
