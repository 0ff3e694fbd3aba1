#!/usr/bin/env node
/**
 * Runs one of the TypeScript scripts of this folder: builds what is stale, then imports it.
 * Plain JavaScript, because Node 20 runs no TypeScript. `node scripts/run.mjs NAME [arguments]`
 */
import './check-node.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const { buildWhatIsStale, distFolder } = await import('./build.mjs');
const [name, ...rest] = process.argv.slice(2);
try {
  await buildWhatIsStale((line) => process.stderr.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
const script = join(distFolder, 'scripts', `${name}.js`);
process.argv = [process.argv[0], script, ...rest];
await import(pathToFileURL(script).href);
