#!/usr/bin/env node
/** `npm run build`: brings `dist/` up to date and does nothing else. */
import './check-node.mjs';

const HELP = `npm run build

Brings dist/ up to date: what the scripts run. Nothing is done when it is. Types are not checked, which npm test does. Takes no options.
`;

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  process.stdout.write(HELP);
  process.exit(0);
}
if (argument !== undefined) {
  process.stderr.write(`Unknown option '${argument}'; try --help\n`);
  process.exit(2);
}
const { buildWhatIsStale } = await import('./build.mjs');

try {
  await buildWhatIsStale((line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
