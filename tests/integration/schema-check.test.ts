import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bundleProgram } from '../support/bundle-program.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

const run = promisify(execFile);
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n';
const USERS = `${LINK}type Query {\n  user(id: ID!): User\n}\n\ntype User @key(fields: "id") {\n  id: ID!\n  name: String!\n  nick: String\n}\n`;
const ORDERS = `${LINK}type User @key(fields: "id") {\n  id: ID!\n  orders(first: Int): [Order!]!\n}\n\ntype Order {\n  total: Int!\n}\n`;
const YAML = (...names: string[]): string =>
  `subgraphs:\n${names.map((name) => `  ${name}:\n    routing_url: http://${name}.test/graphql\n    schema:\n      file: schema/${name}.graphql\n`).join('')}`;

describe('npm run schema:check', () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'paygraph check ')), 'a repository');
    await write({ 'supergraph.yaml': YAML('users', 'orders'), 'schema/users.graphql': USERS, 'schema/orders.graphql': ORDERS });
    await run('git', ['init', '--quiet', '--initial-branch', 'main', '.'], { cwd: folder });
    await commit();
  });
  afterEach(async () => rm(dirname(folder), { recursive: true, force: true }));

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  };
  const commit = async (): Promise<void> => {
    await run('git', ['add', '--all'], { cwd: folder });
    await run(
      'git',
      ['-c', 'user.name=Test', '-c', 'user.email=test@example.test', '-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', 'one'],
      { cwd: folder },
    );
  };
  const check = async (...args: string[]): Promise<{ code: number; out: string }> => {
    const command = [...SHORT_LIVED_NODE, await bundleProgram('schema-check'), ...args];
    const env = { PATH: process.env.PATH ?? '' };
    return run(process.execPath, command, { cwd: folder, env }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout + error.stderr }),
    );
  };

  it('finds nothing when nothing changed', async () => {
    expect(await check('--against', 'HEAD')).toMatchObject({ code: 0, out: expect.stringContaining('no change') });
  });

  it('tells breaking, dangerous and safe changes, in the supergraph and in each subgraph, with their lines', async () => {
    await write({ 'schema/users.graphql': USERS.replace('  nick: String\n', '  email: String\n') });

    const { code, out } = await check('--against', 'main');

    expect(code).toBe(1);
    expect(out).toMatch(/✖ breaking {2}Field 'nick' was removed from object type 'User'.*schema\/users\.graphql:6/);
    expect(out).toMatch(/✓ safe .*'email'.*schema\/users\.graphql:9/);
    expect(out).toContain('subgraph users');
    expect(out).toContain('every break counts');
  });

  it('knows the operations that are exposed as REST', async () => {
    await write({
      'schema/users.graphql': USERS.replace('  nick: String\n', ''),
      'operations/nick.graphql': 'query Nick($id: ID!) @rest(method: GET, path: "/users/{id}/nick") {\n  user(id: $id) {\n    nick\n  }\n}',
    });

    const { code, out } = await check('--against', 'HEAD', '--operations', 'operations/*.graphql');

    expect(code).toBe(1);
    expect(out).toContain('operations/nick.graphql:3');
    expect(out).not.toContain('Unknown directive');
  });

  it('counts a break only when a known operation uses it', async () => {
    await write({
      'schema/users.graphql': USERS.replace('  nick: String\n', ''),
      'operations/name.graphql': '{ user(id: "1") { name } }',
      'operations/deep/nick.graphql': 'query Nick {\n  user(id: "1") {\n    nick\n  }\n}',
    });

    expect(await check('--against', 'HEAD', '--operations', 'operations/*.graphql')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no known operation uses it'),
    });
    const used = await check('--against', 'HEAD', '--operations', 'operations/**/*.graphql');
    expect(used.code).toBe(1);
    expect(used.out).toContain('used by operations/deep/nick.graphql');
    expect(used.out).toContain('operations/deep/nick.graphql:3: Cannot query field "nick"');
  });

  it('counts what leaves operations valid and breaks their clients all the same', async () => {
    await write({
      'schema/users.graphql': USERS.replace('name: String!', 'name: String'),
      'operations/name.graphql': '{ user(id: "1") { name } }',
    });

    expect((await check('--against', 'HEAD', '--operations', 'operations')).code).toBe(1);
  });

  it('counts an input field that clients must send from now on', async () => {
    const withInput = (field: string): string =>
      `${USERS}type Mutation { rename(input: RenameInput!): User }\ninput RenameInput { name: String${field} }\n`;
    await write({
      'schema/users.graphql': withInput(''),
      'operations/rename.graphql': 'mutation ($input: RenameInput!) { rename(input: $input) { id } }',
      'other/name.graphql': '{ user(id: "1") { name } }',
    });
    await commit();
    await write({ 'schema/users.graphql': withInput(' reason: String!') });

    expect((await check('--against', 'HEAD', '--operations', 'operations')).code).toBe(1);
    expect((await check('--against', 'HEAD', '--operations', 'other')).code).toBe(0);
  });

  it('says what became of subgraphs, which clients do not notice', async () => {
    await write({ 'supergraph.yaml': YAML('users', 'shop'), 'schema/shop.graphql': ORDERS });
    const renamed = await check('--against', 'HEAD');
    expect(renamed).toMatchObject({ code: 0, out: expect.stringContaining('subgraph orders was renamed to shop') });

    await write({ 'supergraph.yaml': YAML('users') });
    const removed = await check('--against', 'HEAD');
    expect(removed).toMatchObject({ code: 1, out: expect.stringContaining('subgraph orders was removed') });

    await write({
      'supergraph.yaml': YAML('users', 'orders'),
      'schema/users.graphql': USERS.replace('  nick: String\n', ''),
      'schema/orders.graphql': ORDERS.replace('  id: ID!\n', '  id: ID!\n  nick: String\n'),
    });
    const moved = await check('--against', 'HEAD');
    expect(moved).toMatchObject({ code: 0, out: expect.stringContaining('User.nick moved from users to orders') });
  });

  it('compares with files too', async () => {
    await write({
      'old.graphql':
        'type Query { user(id: ID!): User }\ntype User { id: ID! name: String! nick: String orders(first: Int): [Order!]! gone: Int }\ntype Order { total: Int! }',
    });

    expect(await check('--against', 'supergraph.yaml')).toMatchObject({ code: 0 });
    expect(await check('--against', 'old.graphql')).toMatchObject({ code: 1, out: expect.stringContaining("'gone' was removed") });
  });

  it('speaks JSON and annotations for GitHub', async () => {
    await write({ 'schema/users.graphql': USERS.replace('  nick: String\n', '') });

    const json = await check('--against', 'HEAD', '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      broken: true,
      supergraph: [
        { level: 'breaking', type: 'FIELD_REMOVED', path: 'User.nick', place: { file: 'schema/users.graphql', line: 6 }, counts: true },
      ],
    });
    expect(await check('--against', 'HEAD', '--annotations')).toEqual({
      code: 1,
      out: "::error file=schema/users.graphql,line=6,title=Schema check%3A breaking::Field 'nick' was removed from object type 'User'\n",
    });
  });

  it.each([
    ['a ref that does not exist', ['--against', 'nowhere'], 'nowhere is neither a file nor a git ref here'],
    ['an option of git', ['--against=--all'], 'neither a file nor a git ref'],
    ['nothing to compare with', [], '--against is missing'],
    ['an unknown option', ['--agianst', 'HEAD'], "Unknown option '--agianst'; try --help"],
    ['operations that nobody wrote', ['--against', 'HEAD', '--operations', 'nope/*.graphql'], 'nope/*.graphql: no file is named so'],
    ['a schema that does not parse', ['--against', 'broken.graphql'], 'broken.graphql:1:6: Syntax Error'],
    ['a broken operation', ['--against', 'HEAD', '--operations', 'broken.graphql'], 'broken.graphql:1:6: Syntax Error'],
  ])('exits with 2 and says why for %s', async (_case, args, message) => {
    await write({ 'broken.graphql': 'type {' });

    expect(await check(...args)).toMatchObject({ code: 2, out: expect.stringContaining(message) });
  });

  it('says which operations fit neither version, and goes on', async () => {
    await write({ 'operations/odd.graphql': '{ nothing }' });

    expect(await check('--against', 'HEAD', '--operations', 'operations')).toMatchObject({
      code: 0,
      out: expect.stringContaining('operations/odd.graphql:1: Cannot query field "nothing"'),
    });
  });

  it('exits with 2 when the schema does not compose, and says what to do', async () => {
    await write({ 'schema/orders.graphql': `${ORDERS}type Query { user(id: ID!): User }` });

    const { code, out } = await check('--against', 'HEAD');

    expect(code).toBe(2);
    expect(out).toContain('INVALID_FIELD_SHARING');
    expect(out).toContain('to do: mark the field @shareable');
    expect(await readFile(join(folder, 'schema/users.graphql'), 'utf8')).toBe(USERS);
  });
});
