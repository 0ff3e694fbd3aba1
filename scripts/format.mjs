#!/usr/bin/env node
/** `npm run format`: oxfmt over the whole project. */
import './check-node.mjs';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm run format [-- FILE …]

Formats the whole project, or these files, with oxfmt.
`;

const files = process.argv.slice(2);
if (files.includes('--help') || files.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = files.find((file) => file.startsWith('-'));
if (unknown !== undefined) {
  process.stderr.write(`Unknown option '${unknown}'; try --help\n`);
  process.exit(2);
}
const oxfmt = join(dirname(createRequire(import.meta.url).resolve('oxfmt/package.json')), 'bin', 'oxfmt');
spawn(process.execPath, [oxfmt, '--write', ...(files.length > 0 ? files : ['.'])], {
  cwd: files.length > 0 ? process.cwd() : dirname(dirname(fileURLToPath(import.meta.url))),
  stdio: ['ignore', 'ignore', 'inherit'],
}).on('close', (code) => (process.exitCode = code ?? 1));
