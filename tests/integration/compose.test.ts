import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bundleProgram } from '../support/bundle-program.ts';
import { eventually } from '../support/eventually.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const subgraph = (name: string): string => `  ${name}:
    routing_url: http://${name}.test
    schema:
      file: schema/${name}.graphql
`;

describe('npm run compose', () => {
  let folder: string;
  let child: ChildProcess;
  let output: string;
  let program: string;

  beforeAll(async () => {
    program = await bundleProgram('compose');
  }, 120_000);
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'paygraph compose ')), 'a folder');
    await mkdir(join(folder, 'schema'), { recursive: true });
    await writeFile(join(folder, 'supergraph.yaml'), `subgraphs:\n${subgraph('a')}`);
    await writeFile(join(folder, 'schema/a.graphql'), `${LINK}type Query { one: Int }\n`);
  });
  afterEach(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await rm(dirname(folder), { recursive: true, force: true });
  });

  const compose = (...args: string[]): void => {
    output = '';
    child = spawn(process.execPath, [...SHORT_LIVED_NODE, program, '--output', 'out.graphql', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  };
  const written = async (): Promise<string> => readFile(join(folder, 'out.graphql'), 'utf8').catch(() => '');

  it('writes the supergraph, and exits with 1 when it does not compose', async () => {
    compose();
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(await written()).toContain('one: Int');

    await writeFile(join(folder, 'schema/a.graphql'), `${LINK}type Query {\n  one: Nope\n}\n`);
    compose();
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(output).toMatch(/schema\/a\.graphql:3:8: INVALID_GRAPHQL .*Unknown type Nope\n +to do: /);
  });

  it('waits for a subgraph that is asked for its schema as long as it is told, says so, and then what did not answer where', async () => {
    await writeFile(join(folder, 'supergraph.yaml'), 'subgraphs:\n  a:\n    schema:\n      subgraph_url: http://127.0.0.1:1/graphql\n');

    compose('--wait', '0.5');

    expect((await once(child, 'close'))[0]).toBe(1);
    expect(output).toMatch(/waiting for subgraph a at http:\/\/127\.0\.0\.1:1\/graphql: .*next try in/);
    expect(output).toMatch(/supergraph\.yaml:2: subgraph a did not answer at http:\/\/127\.0\.0\.1:1\/graphql: /);
    expect(await written()).toBe('');

    compose('--wait', 'long');
    expect((await once(child, 'close'))[0]).toBe(2);
  });

  it('watches: composes at every save, keeps the last good output on errors, and ends on Ctrl-C', async () => {
    compose('--watch');
    await eventually(async () => (await written()).includes('one: Int') && output.includes('watching'), 20_000);

    await writeFile(join(folder, 'schema/a.graphql'), 'type {');
    await eventually(() => output.includes('schema/a.graphql:1:6'), 20_000);
    expect(await written()).toContain('one: Int');

    await writeFile(join(folder, 'schema/new'), `${LINK}type Query { two: Int }\n`);
    await rename(join(folder, 'schema/new'), join(folder, 'schema/a.graphql')); // as editors save
    await eventually(async () => (await written()).includes('two: Int'), 20_000);

    await writeFile(join(folder, 'schema/b.graphql'), `${LINK}type Query { three: Int }\n`);
    await writeFile(
      join(folder, 'supergraph.yaml'),
      `subgraphs:
${subgraph('a')}${subgraph('b')}`,
    );
    await eventually(async () => (await written()).includes('three: Int'), 20_000);
    await writeFile(join(folder, 'schema/b.graphql'), `${LINK}type Query { four: Int }\n`);
    await eventually(async () => (await written()).includes('four: Int'), 20_000);

    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(0);
  }, 90_000);
});
