import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LONG } from './longest-first.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Makes files that import files of tests. Jest loads every module anew for each file that it runs, and to load what the gateway needs takes more processor
 * time than most files need for their tests. Failures are told with the file that they are in all the same.
 * @param places folders of the project, searched with all that is in them
 * @param atMost files of a group
 * @param into is made
 * @returns what jest's configuration of one of its projects has to say about which files it runs
 */
export function groupTests({ places, atMost, into }) {
  const files = places.flatMap(findTests);
  const alone = files.filter(mustBeAlone);
  const others = files.filter((file) => !alone.includes(file));
  mkdirSync(into, { recursive: true });
  for (let at = 0; at < others.length; at += atMost) {
    const group = others.slice(at, at + atMost);
    const [first, last] = [group.at(0), group.at(-1)].map((file) => basename(file, '.test.ts'));
    writeFileSync(
      join(into, `${first}-to-${last}.test.ts`),
      group.map((file) => `import ${JSON.stringify(relative(into, file))};\n`).join(''),
    );
  }
  return {
    roots: ['<rootDir>', into],
    testMatch: [...alone.map((file) => `<rootDir>/${relative(root, file)}`), `${escapeGlob(into)}/*.test.ts`],
  };
}

/** Jest does so with its `<rootDir>`; a folder may be called `a (new) one`, and what no pattern matches is not run. */
function escapeGlob(path) {
  return path.replaceAll(/[!()*?[\\\]{}]/g, '\\$&');
}

/** In alphabetical order: neighbours are about the same, and need the same modules. */
function findTests(place) {
  const names = readdirSync(join(root, place), { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(root, place, name));
}

/** What takes long is to begin early. What stands outside of `describe` would hold for the whole group, and a snapshot lies beside the file that jest runs. */
function mustBeAlone(file) {
  return (
    LONG.includes(basename(file, '.test.ts')) ||
    /^(before|after)(All|Each)\(|^jest\.setTimeout\(|toMatchSnapshot/m.test(readFileSync(file, 'utf8'))
  );
}
