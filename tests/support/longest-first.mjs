import { statSync } from 'node:fs';
import { basename } from 'node:path';

/** Kinds of tests by how long a file of them takes. */
const KINDS = ['fault', 'e2e', 'integration', 'schema', 'unit'];

/** Files that take longer than their kind lets one think. Out of date it costs some seconds at the end of a run, nothing else. */
export const LONG = [
  'controls',
  'chaos',
  'failpoints',
  'every-script',
  'neighbours',
  'gateway-differential-supergraphs',
  'gateway-differential-random',
  'testing-package',
  'embedded-postgres',
  'broker-reconnect',
];

/**
 * Jest's sequencer (https://jestjs.io/docs/configuration#testsequencer-string): what takes longest begins first, so that no worker is left
 * with a long file while the others have ended. Always the same order: jest's own goes by the last run's times, which a fresh clone has not.
 */
export default class LongestFirst {
  sort(tests) {
    const ranked = tests.map((test) => ({ test, rank: rank(test), bytes: sizeOf(test.path) }));
    return ranked.sort((a, b) => a.rank - b.rank || b.bytes - a.bytes).map(({ test }) => test);
  }

  cacheResults() {}
}

/** A group of files (group-tests.mjs) is short and takes long. */
function sizeOf(path) {
  return basename(path).includes('-to-') ? Number.MAX_SAFE_INTEGER : statSync(path).size;
}

function rank({ path, context }) {
  const at = LONG.indexOf(basename(path).replace('.test.ts', ''));
  return at >= 0 ? at : LONG.length + KINDS.indexOf(context.config.displayName?.name);
}
