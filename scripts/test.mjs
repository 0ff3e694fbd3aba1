#!/usr/bin/env node
/**
 * `npm test`: everything that must hold, in the order in which it is cheapest to find out. `--quick` is `npm run test:unit`.
 * Ends with one line for all of it: `N passed, N failed`. Exit code 1 when anything failed.
 */
import './check-node.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm test [-- --quick] [-- PATTERN …]

  --quick    types, schema and unit tests only: needs nothing installed
  PATTERN    only test files whose path matches; skips the checks
`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = args.find((argument) => argument.startsWith('-') && argument !== '--quick' && argument !== '--');
if (unknown) {
  process.stderr.write(`Unknown option '${unknown}'; try --help\n`);
  process.exit(2);
}
const quick = args.includes('--quick');
const patterns = args.filter((argument) => !argument.startsWith('--'));
const startedAt = Date.now();
const total = { passed: 0, failed: 0 };

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (total.failed += 1)); // children get it too; the summary still comes

if (patterns.length === 0) {
  for (const [name, ...command] of checks()) await check(name, command);
}
await jest('unit and schema', ['unit', 'schema'], ['--maxWorkers=2']);
if (!quick) {
  await jest('integration', ['integration'], ['--maxWorkers=2']);
  await jest('end to end and fault', ['e2e', 'fault'], ['--runInBand']);
}
process.stdout.write(`\n${((Date.now() - startedAt) / 1000).toFixed(0)} s\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function checks() {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  const all = [
    ['types', bin('tsc'), '-p', 'tsconfig.json'],
    ['types of the client', bin('tsc'), '-p', 'client/tsconfig.json'],
    ['types of the browser tests', bin('tsc'), '-p', 'tests/tsconfig.json'], // what runs in the page needs its types
    ['lint', bin('eslint'), '.', '--max-warnings', '0'],
    [
      'import floors',
      bin('depcruise'),
      'platform',
      'subgraphs',
      'gateway',
      'client',
      'examples',
      'scripts',
      'tests',
      '--output-type',
      'err',
    ],
    ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
    ['generated files', process.execPath, join(root, 'scripts', 'codegen.mjs'), '--check'],
    ['build', process.execPath, join(root, 'scripts', 'build-once.mjs')],
  ];
  return quick ? all.filter(([name]) => name.startsWith('types')) : all;
}

async function check(name, command) {
  const begunAt = Date.now();
  const failed = await run(command);
  total[failed ? 'failed' : 'passed'] += 1;
  process.stdout.write(`${failed ? 'FAIL' : 'ok  '}  ${name} (${((Date.now() - begunAt) / 1000).toFixed(1)} s)\n`);
}

async function jest(title, projects, options) {
  process.stdout.write(`\n${title}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'paygraph-test-'));
  const resultFile = join(folder, 'result.json');
  const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim() };
  const jestBin = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
  const failed = await run(
    [
      process.execPath,
      jestBin,
      '--selectProjects',
      ...projects,
      '--passWithNoTests',
      '--json',
      `--outputFile=${resultFile}`,
      ...options,
      '--',
      ...patterns,
    ],
    { env, quietStdout: true },
  );
  try {
    const result = JSON.parse(readFileSync(resultFile, 'utf8'));
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    if (result.numPendingTests > 0) process.stdout.write(`${result.numPendingTests} tests were skipped, and none may be\n`);
    if (result.numPendingTests > 0 || (failed && result.numFailedTests + result.numRuntimeErrorTestSuites === 0)) total.failed += 1;
  } catch {
    total.failed += 1; // jest died before it wrote its result
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns whether it failed */
function run([command, ...commandArgs], { env = process.env, quietStdout = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { cwd: root, env, stdio: ['ignore', quietStdout ? 'ignore' : 'inherit', 'inherit'] });
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(true);
    });
    child.on('close', (code) => resolve(code !== 0));
  });
}
