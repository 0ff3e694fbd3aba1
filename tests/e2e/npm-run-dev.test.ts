import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { projectFolder } from '../support/service-process.ts';

const COPIED = [
  'platform',
  'subgraphs',
  'gateway',
  'scripts',
  'schema',
  'operations',
  'examples',
  'client',
  'supergraph.yaml',
  'package.json',
  'tsconfig.json',
  'codegen.ts',
];

/** Changes a copy of the project, which is run as its developers run it. */
describe('npm run dev', () => {
  let project: string;
  let child: ChildProcess;
  let output = '';
  let graphqlUrl = '';
  let clientUrl = '';

  beforeAll(async () => {
    project = join(await mkdtemp(join(tmpdir(), 'paygraph dev ')), 'a copy');
    await mkdir(project);
    await Promise.all(COPIED.map((name) => cp(join(projectFolder, name), join(project, name), { recursive: true })));
    await symlink(join(projectFolder, 'node_modules'), join(project, 'node_modules'));
    child = start('--client-port', '0');
    await eventually(() => output.includes('Ctrl-C stops everything') || child.exitCode !== null, 90_000);
    graphqlUrl = /Sandbox in a browser\s+(\S+)/.exec(output)?.[1] ?? '';
    clientUrl = /web client, reloaded as you type\s+(\S+)/.exec(output)?.[1] ?? '';
  }, 120_000);
  afterAll(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await rm(dirname(project), { recursive: true, force: true });
  });

  const start = (...args: string[]): ChildProcess => {
    const ports = { GATEWAY_PORT: '0', USERS_PORT: '0', PAYMENTS_PORT: '0', AMQP_URL: 'memory:' };
    const started = spawn(process.execPath, [join(project, 'scripts', 'run-source.mjs'), 'dev', ...args], {
      cwd: project,
      env: { PATH: process.env.PATH ?? '', DATA_DIR: join(project, '.data'), ...ports },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    return started;
  };
  const edit = async (file: string, change: (text: string) => string): Promise<void> =>
    writeFile(join(project, file), change(await readFile(join(project, file), 'utf8')));
  const nameOf = async (): Promise<string | undefined> =>
    ask<{ user: { name: string } }>(graphqlUrl, `{ user(id: "1") { name } }`).then(
      ({ user }) => user.name,
      () => undefined,
    );

  it('answers with what was saved a moment ago, and keeps the data', async () => {
    const { createUser: user } = await ask<{ createUser: { id: string } }>(
      graphqlUrl,
      `mutation { createUser(input: { name: "Kept" }) { id } }`,
    );
    expect(await nameOf()).toBe('Willis');

    await edit('subgraphs/users/resolvers.ts', (text) => text.replace(/\n {2}User: \{\n/, `\n  User: {\n    name: () => 'Edited',\n`));
    await eventually(async () => (await nameOf()) === 'Edited', 20_000);

    expect(await ask(graphqlUrl, `{ user(id: "${user.id}") { id } }`)).toEqual({ user: { id: user.id } });
  }, 40_000);

  it('goes on with what ran before when a file does not load, and says where it is wrong', async () => {
    const begun = output.length;
    await edit('subgraphs/users/resolvers.ts', (text) => `${text}\nconst = 1;\n`);

    await eventually(() => /resolvers\.ts:\d+:\d+/.test(output.slice(begun)), 20_000);
    expect(await nameOf()).toBe('Edited');

    await edit('subgraphs/users/resolvers.ts', (text) => text.replace('\nconst = 1;\n', '').replace(`'Edited'`, `'Edited again'`));
    await eventually(async () => (await nameOf()) === 'Edited again', 20_000);
  }, 60_000);

  it('takes up a changed schema, and refuses one that does not compose', async () => {
    const begun = output.length;
    await edit('schema/users.graphql', (text) => text.replace(/type Money @shareable/, 'type Money'));
    await eventually(() => output.slice(begun).includes('INVALID_FIELD_SHARING'), 30_000);
    await eventually(async () => (await nameOf()) === 'Edited again', 20_000);

    await edit('schema/users.graphql', (text) =>
      text.replace('type Money', 'type Money @shareable').replace(/(type User @key\(fields: "id"\) \{\n)/, '$1  "New."\n  shout: String\n'),
    );
    await eventually(
      () =>
        ask(graphqlUrl, `{ user(id: "1") { shout } }`).then(
          () => true,
          () => false,
        ),
      30_000,
    );
    await eventually(async () => (await readFile(join(project, 'schema/supergraph.graphql'), 'utf8')).includes('shout'), 30_000);
    await eventually(
      async () => (await readFile(join(project, 'subgraphs/users/resolvers.generated.ts'), 'utf8')).includes('shout'),
      60_000,
    );
  }, 150_000);

  it('serves the client, with GraphQL behind the same address', async () => {
    expect(await (await fetch(clientUrl)).text()).toContain('/@vite/client');
    expect(await ask(new URL('/graphql', clientUrl).href, `{ users { nodes { id } } }`)).toHaveProperty('users');

    await edit('client/src/main.tsx', (text) => `${text}\nconsole.debug('edited just now');\n`);
    await eventually(async () => (await (await fetch(new URL('/src/main.tsx', clientUrl))).text()).includes('edited just now'), 20_000);
  }, 40_000);

  it('says in one line that its data folder is in use or a port is taken', async () => {
    const begun = output.length;
    const second = start('--no-client');
    expect((await once(second, 'exit'))[0]).toBe(1);
    expect(output.slice(begun)).toMatch(/cannot start: .*in use/);

    await using users = await createTestDatabase(); // making one of its own takes seconds
    await using payments = await createTestDatabase();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const third = spawn(process.execPath, [join(project, 'scripts', 'run-source.mjs'), 'dev', '--no-client'], {
      cwd: project,
      env: {
        PATH: process.env.PATH ?? '',
        DATA_DIR: join(project, '.data 2'),
        USERS_DATABASE_URL: users.url,
        PAYMENTS_DATABASE_URL: payments.url,
        AMQP_URL: 'memory:',
        USERS_PORT: String((taken.address() as { port: number }).port),
        PAYMENTS_PORT: '0',
        GATEWAY_PORT: '0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    third.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    expect((await once(third, 'exit'))[0]).toBe(1);
    taken.close();
    expect(said).toMatch(/^cannot start: .*the port is taken.*\n$/);
  }, 90_000);

  it('stops with everything it started within 5 seconds of Ctrl-C', async () => {
    const begunAt = Date.now();
    child.kill('SIGINT');
    await once(child, 'exit');

    expect(Date.now() - begunAt).toBeLessThan(5_000);
    await expect(fetch(graphqlUrl)).rejects.toThrow();
  }, 20_000);
});
