#!/usr/bin/env node
/**
 * Runs one of the TypeScript scripts of this folder from its source, so that nothing waits for a build; it may use the tests' support.
 * `node scripts/run-source.mjs NAME [arguments]`
 */
import './check-node.mjs';

const [node, , name, ...rest] = process.argv;
try {
  await import('tsx');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`npm run ${name} needs the development packages: run npm ci\n`);
  process.exit(1);
}
process.argv = [node, name, ...rest];
await import(`./${name}.ts`);
