#!/usr/bin/env node
/** `npm run codegen`: GraphQL codegen as codegen.ts says. */
import './check-node.mjs';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm run codegen [-- --check]

Writes the TypeScript types of schema/*.graphql and of the client's operations. The results are committed.

  --check   writes nothing; exit code 1 when a result is stale
`;

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = args.find((argument) => argument !== '--check');
if (unknown !== undefined) {
  process.stderr.write(`Unknown option '${unknown}'; try --help\n`);
  process.exit(2);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = args.includes('--check');
const command = join(root, 'node_modules', '.bin', 'graphql-codegen');
const child = spawn(command, ['--config', 'codegen.ts', '--errors-only', ...(check ? ['--check'] : [])], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
child.on('error', (error) => {
  process.stderr.write(`GraphQL codegen cannot be started (${error.message}): run npm ci\n`);
  process.exitCode = 1;
});
child.on('close', (code) => {
  process.exitCode = code === 0 ? 0 : 1;
  if (check && code !== 0)
    process.stderr.write('generated types are stale or cannot be made: run npm run codegen, and commit what it writes\n');
});
