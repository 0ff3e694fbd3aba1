import { createSeededRandom, type SeededRandom } from '../../../gateway/testing/seeded-random.ts';

export interface Dice extends SeededRandom {
  chance(probability: number): boolean;
  /** From `min` to `max` of the items, in any order, as many as there are. */
  some<T>(items: readonly T[], min: number, max?: number): T[];
}

export function createDice(seed: number): Dice {
  const random = createSeededRandom(seed);
  return {
    ...random,
    chance: (probability) => random.next() < probability,
    some(items, min, max = items.length) {
      const left = [...items];
      const taken: (typeof left)[number][] = [];
      const count = Math.min(left.length, random.between(min, Math.max(min, Math.min(max, left.length))));
      while (taken.length < count) taken.push(...left.splice(random.between(0, left.length - 1), 1));
      return taken;
    },
  };
}
