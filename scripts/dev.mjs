#!/usr/bin/env node
/** `npm run dev`: runs dev.ts from its source, so that nothing waits for a build. */
import './check-node.mjs';

try {
  await import('tsx');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('npm run dev needs the development packages: run npm ci\n');
  process.exit(1);
}
await import('./dev.ts');
