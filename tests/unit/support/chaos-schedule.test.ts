import { describe, expect, it } from '@jest/globals';
import { describeSchedule, drawSchedule, type ScheduleOptions } from '../../support/chaos/schedule.ts';

const faults = ['kill', 'freeze', 'reset', 'lock'].map((name) => ({ name, lastsMs: [100, 2_000] as const }));
const options: ScheduleOptions = { seed: 7, forMs: 60_000, faults };

describe('a schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawSchedule(options)).toEqual(drawSchedule(options));
    expect(drawSchedule(options)).not.toEqual(drawSchedule({ ...options, seed: 8 }));
  });

  it('has every fault in each round, and ends with its time', () => {
    const steps = drawSchedule(options);

    const rounds = Array.from({ length: Math.floor(steps.length / 4) }, (_, round) => steps.slice(round * 4, round * 4 + 4));
    expect(rounds.length).toBeGreaterThan(2);
    for (const round of rounds) expect(round.map(({ fault }) => fault).sort()).toEqual(['freeze', 'kill', 'lock', 'reset']);
    expect(steps.every(({ atMs, forMs }) => atMs < 60_000 && forMs >= 100 && forMs <= 2_000)).toBe(true);
  });

  it('has each fault alone in the first round when that is wanted', () => {
    const [first, second, third, fourth] = drawSchedule({ ...options, aloneFirst: true });

    for (const [one, next] of [
      [first, second],
      [second, third],
      [third, fourth],
    ])
      expect((next?.atMs ?? 0) - (one?.atMs ?? 0)).toBeGreaterThan((one?.forMs ?? 0) + 4_000);
  });

  it('is told as a timeline', () => {
    expect(describeSchedule([{ atMs: 61_500, fault: 'kill users', forMs: 250, choice: 3 }])).toBe('01:01.5  kill users  for 250 ms  #3');
  });
});
