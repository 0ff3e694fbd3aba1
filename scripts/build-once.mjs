#!/usr/bin/env node
/** `npm run build`: brings `dist/` up to date and does nothing else. */
import { buildWhatIsStale } from './build.mjs';

try {
  await buildWhatIsStale((line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
