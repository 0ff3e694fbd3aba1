#!/usr/bin/env node
/**
 * `npm test`: everything that must hold: what needs no test to find out first, then all tests in one run. `--quick` is `npm run test:unit`.
 * Ends with one line for all of it: `N passed, N failed`. Exit code 1 when anything failed.
 */
import './check-node.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm test [-- --quick] [-- PATTERN …]

  --quick    types, schema and unit tests only: needs nothing installed
  PATTERN    only test files whose path matches; skips the checks
`;

/** For jest and its workers, which Node starts with the same: each file compiles all that it uses anew, so V8 shall optimise what is hot for long (tests/support/short-lived.ts). */
const V8_OPTIONS = ['--interrupt-budget=1000000'];

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
if (/[[\]]/.test(root)) {
  process.stderr.write(`jest takes the brackets in ${root} for a pattern and finds no test there: rename that folder\n`);
  process.exit(2);
}
const quick = args.includes('--quick');
const patterns = args.filter((argument) => !argument.startsWith('--'));
const startedAt = Date.now();
process.env.NODE_ENV = 'test'; // as jest sets it: what the build makes must not depend on it
const total = { passed: 0, failed: 0 };

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (total.failed += 1)); // children get it too; the summary still comes

const wholeRun = patterns.length === 0 && !quick;
const groups = wholeRun ? mkdtempSync(join(tmpdir(), 'paygraph-test-groups-')) : undefined;
if (groups) process.env.TEST_GROUPS = groups; // jest's configuration fills it
const neighbours = wholeRun ? startNeighbours() : undefined; // they take their time beside the checks
if (patterns.length === 0) await runChecks();
if (quick) await jest(['unit', 'schema'], 2);
// What is not of these two waits for processes a good part of the time, so three workers keep two cores busy. One run does so to its end, which one for each kind would not.
else await jest(['unit', 'schema', 'integration', 'e2e', 'fault'], 3, await neighbours?.env);
await neighbours?.stop();
if (groups) rmSync(groups, { recursive: true, force: true });
process.stdout.write(`\n${((Date.now() - startedAt) / 1000).toFixed(0)} s\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

/** What tests with a real neighbour need. Jest's global setup finds it in the environment; when it could not be had, global setup tries again and says why. */
function startNeighbours() {
  const started = (async () => {
    await import('../tests/support/run-typescript.mjs');
    return (await import('../tests/support/neighbours.ts')).startNeighbours();
  })().catch(() => undefined);
  return {
    env: started.then((neighbours) => neighbours?.env),
    stop: async () => (await started)?.stop(),
  };
}

/** Two at a time, in this order. */
async function runChecks() {
  const waiting = checks();
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await check(...next);
  };
  await Promise.all([lane(), lane()]);
}

function checks() {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  const all = [
    ['types', bin('tsc'), '-p', 'tsconfig.json'],
    ['lint', bin('oxlint'), '--type-aware', '--deny-warnings'],
    ['types of the client', bin('tsc'), '-p', 'client/tsconfig.json'],
    ['types of the browser tests', bin('tsc'), '-p', 'tests/tsconfig.json'], // what runs in the page needs its types
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
    ['format', bin('oxfmt'), '--check', '.'],
    ['generated files', process.execPath, join(root, 'scripts', 'codegen.mjs'), '--check'],
    ['build', process.execPath, join(root, 'scripts', 'build-once.mjs')],
  ];
  return quick ? all.filter(([name]) => name.startsWith('types')) : all;
}

async function check(name, ...command) {
  const begunAt = Date.now();
  const { failed, output } = await run(command, { keepOutput: true });
  total[failed ? 'failed' : 'passed'] += 1;
  process.stdout.write(output);
  process.stdout.write(`${failed ? 'FAIL' : 'ok  '}  ${name} (${((Date.now() - begunAt) / 1000).toFixed(1)} s)\n`);
}

async function jest(projects, workers, neighboursEnv = {}) {
  process.stdout.write(`\n${projects.join(', ')}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'paygraph-test-'));
  const resultFile = join(folder, 'result.json');
  const env = {
    ...process.env,
    ...neighboursEnv,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim(),
  };
  const jestBin = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
  const { failed } = await run(
    [
      process.execPath,
      ...V8_OPTIONS,
      jestBin,
      '--selectProjects',
      ...projects,
      '--passWithNoTests',
      `--maxWorkers=${workers}`,
      '--json',
      `--outputFile=${resultFile}`,
      '--',
      ...patterns,
    ],
    { env, quietStdout: true },
  );
  try {
    const result = JSON.parse(readFileSync(resultFile, 'utf8'));
    if (wholeRun) tellSlowest(result.testResults);
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

/** What to look at when the whole takes too long. */
function tellSlowest(files) {
  const timed = files.map(({ name, startTime, endTime }) => ({ name: relative(root, name), seconds: (endTime - startTime) / 1000 }));
  const slowest = timed.sort((a, b) => b.seconds - a.seconds).slice(0, 25);
  process.stdout.write(`slowest: ${slowest.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)} s`).join(', ')}\n`);
}

/** @returns whether it failed, and what it wrote when that was to be kept until its end */
function run([command, ...commandArgs], { env = process.env, quietStdout = false, keepOutput = false } = {}) {
  return new Promise((resolve) => {
    const piped = keepOutput ? 'pipe' : 'inherit';
    const child = spawn(command, commandArgs, { cwd: root, env, stdio: ['ignore', quietStdout ? 'ignore' : piped, piped] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ failed: true, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ failed: code !== 0, output }));
  });
}
