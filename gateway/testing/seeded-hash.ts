import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

/** A generator of its own for each text: the same text gives the same numbers, in every process and whatever was asked before. */
export function randomOf(text: string): SeededRandom {
  let hash = 0x811c9dc5; // FNV-1a
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return createSeededRandom(hash >>> 0);
}
