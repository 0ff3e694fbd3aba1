import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { projectFolder } from '../support/service-process.ts';

const run = promisify(execFile);
const installed = join(projectFolder, 'node_modules');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paygraph-consumer-'));
  await run(process.execPath, [join(projectFolder, 'scripts', 'build-once.mjs')], { maxBuffer: 10_000_000 });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A project of another team, with the example of our page as its test. Nothing is installed: what it needs is linked to ours. */
async function makeProject(name: string): Promise<string> {
  const project = join(folder, name);
  await mkdir(join(project, 'node_modules'), { recursive: true });
  for (const entry of await readdir(installed)) {
    if (entry !== '.bin' && entry !== 'paygraph') await symlink(join(installed, entry), join(project, 'node_modules', entry));
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  await writeFile(
    join(project, 'jest.config.js'),
    `export default {
  transform: { '^.+\\\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } }] },
  extensionsToTreatAsEsm: ['.ts'],
  testTimeout: 30000,
};\n`,
  );
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2022',
        lib: ['ES2023', 'ESNext.Disposable'],
        types: ['node'],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      },
      include: ['*.ts'],
    }),
  );
  await cp(join(projectFolder, 'examples', 'testing', 'reviews.test.ts'), join(project, 'reviews.test.ts'));
  await cp(join(projectFolder, 'examples', 'library', 'main.ts'), join(project, 'main.ts'));
  await cp(join(projectFolder, 'schema', 'supergraph.graphql'), join(project, 'supergraph.graphql'));
  return project;
}

async function expectThatItWorks(project: string): Promise<void> {
  const env = { PATH: process.env['PATH'], HOME: project, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };
  const { stderr } = await run(process.execPath, [join(installed, 'jest', 'bin', 'jest.js'), '--rootDir', project], { cwd: project, env });
  expect(stderr).toContain('4 passed, 4 total');
  await run(process.execPath, [join(installed, 'typescript', 'bin', 'tsc'), '-p', project, '--pretty', 'false'], { cwd: project });
}

/** The example of docs/library.md as a program of that project. */
async function expectThatTheServerRuns(project: string): Promise<void> {
  const server = spawn(process.execPath, ['--import', 'tsx', 'main.ts'], {
    cwd: project,
    env: { PATH: process.env['PATH'], SUPERGRAPH: 'supergraph.graphql', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(server, 'exit');
  try {
    let output = '';
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const port = await eventually(() => /listening on (\d+)/.exec(output)?.[1], 60_000).catch(() => Promise.reject(new Error(output)));
    const url = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${url}/graphql?query={__typename}`)).json()).toEqual({ data: { __typename: 'Query' } });
    expect(await (await fetch(`${url}/`)).text()).toBe('a page of my own\n');
    server.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    server.kill('SIGKILL');
  }
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '-e', "import { createApolloGateway } from 'paygraph/apollo'; console.log(typeof createApolloGateway)"],
    { cwd: project },
  );
  expect(stdout).toBe('function\n');
}

it('a project that depends on paygraph by its path uses paygraph/testing, with types', async () => {
  const project = await makeProject('by-path');
  await symlink(projectFolder, join(project, 'node_modules', 'paygraph'));

  await expectThatItWorks(project);
}, 180_000);

it('a project that has installed the packed paygraph uses paygraph, paygraph/apollo and paygraph/testing, with types', async () => {
  const project = await makeProject('by-tarball');
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', project], {
    cwd: projectFolder,
    env: { ...process.env, npm_config_cache: join(folder, 'npm-cache') },
    maxBuffer: 10_000_000,
  });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const target = join(project, 'node_modules', 'paygraph');
  await mkdir(target);
  await run('tar', ['-xzf', join(project, packed.filename), '-C', target, '--strip-components=1']);

  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'dist/gateway/testing/testing.js', 'dist/gateway/testing/testing.d.ts']));
  expect(paths.filter((path) => /^(tests|client|\.data)\/|\.env/.test(path))).toEqual([]);
  await expectThatItWorks(project);
  await expectThatTheServerRuns(project);
}, 180_000);

it('a typing error in a use of the kit is one for TypeScript', async () => {
  const project = await makeProject('wrong');
  await symlink(projectFolder, join(project, 'node_modules', 'paygraph'));
  await writeFile(
    join(project, 'wrong.ts'),
    `import { expect } from '@jest/globals';
import { startTestGraph } from 'paygraph/testing';
expect('').toCallService(7);
expect('').not.toMatchQueryPlam('');
await startTestGraph({ subgraphs: { a: { url: 7 } } });
`,
  );

  const { stdout } = await run(process.execPath, [join(installed, 'typescript', 'bin', 'tsc'), '-p', project, '--pretty', 'false'], {
    cwd: project,
  }).catch((error: unknown) => error as { stdout: string });

  expect(stdout).toMatch(/wrong\.ts\(3,[^]*wrong\.ts\(4,[^]*wrong\.ts\(5,/);
  expect(stdout).not.toMatch(/reviews\.test\.ts/);
}, 120_000);
