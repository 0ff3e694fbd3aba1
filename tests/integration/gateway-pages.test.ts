import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import { post } from '../support/graphql-client.ts';
import { projectFolder } from '../support/service-process.ts';
import { NoteLog, startNotes, startPeople, writeSupergraph } from '../support/small-graph.ts';

const INDEX = '<!doctype html><meta name="graphql-endpoint" content="graphql"><script src="./assets/index-BkXa12_9.js"></script>';
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(5_000))});`;
/** For tests that ask no subgraph. */
const NO_SUBGRAPHS = { PEOPLE: 'http://127.0.0.1:1/graphql', NOTES: 'http://127.0.0.1:1/graphql' };
const HTML = { headers: { accept: 'text/html' } };

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'paygraph-pages-')), 'client');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), INDEX);
  await writeFile(join(folder, 'assets', 'index-BkXa12_9.js'), SCRIPT);
  await writeFile(join(folder, 'a name with ü.txt'), 'hello');
  await writeFile(join(folder, '.env'), 'SECRET=1');
  await writeFile(join(dirname(folder), 'secret.txt'), 'secret');
  await symlink(join(dirname(folder), 'secret.txt'), join(folder, 'link.txt'));
});
afterEach(() => rm(dirname(folder), { recursive: true, force: true }));

async function startGateway(env: Record<string, string> = {}) {
  await using supergraph = await writeSupergraph();
  let url = '';
  const config = readGatewayConfig({ SUPERGRAPH: supergraph.file, GATEWAY_PORT: '0', LOG_LEVEL: 'silent', ...NO_SUBGRAPHS, ...env });
  const service = createGatewayService(config, { onListening: (at) => (url = at) });
  await service.start();
  return { url, origin: new URL(url).origin, [Symbol.asyncDispose]: () => service.stop() };
}

/** The path goes out as it is written here: `fetch` would tidy it. */
function get(origin: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject).end();
  });
}

describe('a web client that the gateway serves', () => {
  it('gets the address of GraphQL relative to its page, so that it works behind a prefix', async () => {
    await using gateway = await startGateway({ GATEWAY_CLIENT: folder, GATEWAY_PATH: '/api/v1/graphql' });

    const page = await get(gateway.origin, '/');

    expect(page.body.toString()).toBe(INDEX.replace('content="graphql"', 'content="api/v1/graphql"'));
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self';/),
    });
  });

  it('comes compressed to whoever accepts that, and not at all to whoever has it already', async () => {
    await using gateway = await startGateway({ GATEWAY_CLIENT: folder });
    const path = '/assets/index-BkXa12_9.js?x=1';
    const accepting = (encoding: string) => get(gateway.origin, path, { headers: { 'accept-encoding': encoding } });

    const [brotli, gzip, plain] = await Promise.all([accepting('gzip, br'), accepting('gzip, br;q=0'), accepting('zstd')]);
    const again = await get(gateway.origin, path, { headers: { 'if-none-match': String(brotli.headers.etag) } });
    const head = await get(gateway.origin, path, { method: 'HEAD' });

    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT);
    expect(gunzipSync(gzip.body).toString()).toBe(SCRIPT);
    expect(plain.body.toString()).toBe(SCRIPT);
    expect([brotli, gzip, plain].map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip', undefined]);
    expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(SCRIPT.length)]);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%5csecret.txt',
    '/assets/../../secret.txt',
    '//secret.txt',
    '/link.txt',
    '/.env',
    '/index.html%00.js',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '/assets',
    '/assets/',
    '/__proto__',
  ])('gives away nothing but its own files: %s is not found', async (path) => {
    await using gateway = await startGateway({ GATEWAY_CLIENT: folder });

    const answer = await get(gateway.origin, path);

    expect([answer.status, JSON.parse(answer.body.toString()).errors[0].extensions.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('is read with GET and HEAD alone, and leaves the gateway its own paths', async () => {
    await using gateway = await startGateway({ GATEWAY_CLIENT: folder });

    const posted = await get(gateway.origin, '/', { method: 'POST' });
    const file = await get(gateway.origin, `/${encodeURIComponent('a name with ü.txt')}`);
    const health = await get(gateway.origin, '/health/live');

    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(file.body.toString()).toBe('hello');
    expect(JSON.parse(health.body.toString())).toMatchObject({ status: 'up' });
  });

  it('gives way to GraphQL when that is at /', async () => {
    await using gateway = await startGateway({ GATEWAY_CLIENT: folder, GATEWAY_PATH: '/', GATEWAY_LANDING_PAGE: 'none' });

    expect((await post(gateway.url, '{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  it('without one, / goes on to GraphQL', async () => {
    await using gateway = await startGateway();

    const answer = await get(gateway.origin, '/');

    expect([answer.status, answer.headers.location]).toEqual([302, '/graphql']);
  });

  it.each([
    ['there is no such folder', () => rm(folder, { recursive: true }), /^GATEWAY_CLIENT=.*: ENOENT/],
    ['it has no page', () => rm(join(folder, 'index.html')), /there is no index.html in it$/],
    ['it is too large', () => writeFile(join(folder, 'large.bin'), Buffer.alloc(65 * 1024 * 1024)), /its files have more than 64 MiB$/],
  ])('stops the start with one line when %s', async (_what, spoil, line) => {
    await spoil();

    await expect(startGateway({ GATEWAY_CLIENT: folder })).rejects.toMatchObject({
      code: 'CLIENT_INVALID',
      problems: [expect.stringMatching(line)],
    });
  });
});

describe('GATEWAY_LANDING_PAGE', () => {
  const landing = async (env: Record<string, string>) => {
    await using gateway = await startGateway(env);
    const [page, ide] = await Promise.all([fetch(gateway.url, HTML), fetch(new URL('/graphiql', gateway.origin), HTML)]);
    return { page: [page.status, /<title>(.*)<\/title>/.exec(await page.text())?.[1]], ide: ide.status };
  };

  it('sandbox is the default, graphiql and none can be had, and production has none unless it is set', async () => {
    expect(await landing({})).toEqual({ page: [200, 'GraphQL'], ide: 200 });
    expect(await landing({ GATEWAY_LANDING_PAGE: 'graphiql' })).toEqual({ page: [200, 'GraphiQL'], ide: 200 });
    expect(await landing({ GATEWAY_LANDING_PAGE: 'none' })).toEqual({ page: [400, undefined], ide: 404 });
    expect(await landing({ NODE_ENV: 'production' })).toEqual({ page: [400, undefined], ide: 404 });
    expect(await landing({ NODE_ENV: 'production', GATEWAY_LANDING_PAGE: 'graphiql' })).toEqual({ page: [200, 'GraphiQL'], ide: 200 });
  });

  it('graphiql names GraphQL and its own files relative to its page, so that it works behind a prefix', async () => {
    await using gateway = await startGateway({ GATEWAY_LANDING_PAGE: 'graphiql', GATEWAY_PATH: '/api/graphql' });

    for (const path of ['/api/graphql', '/graphiql', '/graphiql/']) {
      const html = await (await fetch(new URL(path, gateway.origin), HTML)).text();
      const endpoint = /"endpoint":"([^"]+)"/.exec(html)?.[1] ?? '';
      const script = /src="([^"]+)"/.exec(html)?.[1] ?? '';

      expect(new URL(endpoint, `https://proxy.example/prefix${path}`).pathname).toBe('/prefix/api/graphql');
      expect((await fetch(new URL(script, gateway.origin + path))).headers.get('cache-control')).toContain('immutable');
    }
    expect((await fetch(new URL('/graphiql/nothing.js', gateway.origin))).status).toBe(404);
    expect((await fetch(new URL('/graphiql', gateway.origin), { method: 'POST' })).status).toBe(405);
  });
});

describe('GATEWAY_EXAMPLES', () => {
  const tabs = async (): Promise<string> => {
    await using gateway = await startGateway({ GATEWAY_EXAMPLES: folder });
    return /"tabs":(.*)}<\/script>/.exec(await (await fetch(new URL('/graphiql', gateway.origin))).text())?.[1] ?? '';
  };

  it('opens explorers with the operations that the schema has an answer for', async () => {
    await writeFile(join(folder, 'b.graphql'), '{ person(id: "2") { name } }');
    await writeFile(join(folder, 'a.graphql'), '{ nobodyHasThis }');

    expect(JSON.parse(await tabs())).toEqual([{ query: '{ person(id: "2") { name } }', variables: null, headers: null }]);
  });

  it('takes order and variables from examples.json, and says what is wrong with it', async () => {
    await writeFile(join(folder, 'a.graphql'), 'query A($id: ID!) { person(id: $id) { name } }');
    await writeFile(join(folder, 'examples.json'), '[{ "file": "a.graphql", "variables": { "id": "2" } }]');
    expect(JSON.parse(await tabs())).toMatchObject([{ variables: '{\n  "id": "2"\n}' }]);

    await writeFile(join(folder, 'examples.json'), '[{ "file": "b.graphql" }]');
    await expect(tabs()).rejects.toMatchObject({
      code: 'EXAMPLES_INVALID',
      message: expect.stringContaining('names b.graphql, which is not there'),
    });
  });
});

describe('the query plan of a request', () => {
  const PLANNED = { 'apollo-query-plan-experimental': '1' };
  const ask = async (url: string, headers: Record<string, string>): Promise<{ data: unknown; extensions?: Record<string, unknown> }> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ notes { text author { name } } }' }),
    });
    return (await response.json()) as { data: unknown; extensions?: Record<string, unknown> };
  };

  it('comes with the answer on request, where introspection is on', async () => {
    const log = new NoteLog();
    log.write('one');
    await using people = await startPeople();
    await using notes = await startNotes(log);
    const subgraphs = { PEOPLE: people.url, NOTES: notes.url };
    await using open = await startGateway(subgraphs);
    await using closed = await startGateway({ ...subgraphs, GATEWAY_INTROSPECTION: 'false' });
    const data = { notes: [{ text: 'one', author: { name: 'Willis' } }] };

    expect(await ask(open.url, {})).toEqual({ data });
    expect(await ask(open.url, PLANNED)).toEqual({
      data,
      extensions: { __queryPlanExperimental: expect.stringMatching(/^notes\n {2}\{.*\}\nthen\npeople for notes\.@\.author by /) },
    });
    expect(await ask(closed.url, PLANNED)).toEqual({ data });
  });

  /** What it says of the build that it may have to make first is left out. */
  const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
  const plan = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    promisify(execFile)(process.execPath, [join(projectFolder, 'scripts', 'run.mjs'), 'plan', ...args], { cwd: projectFolder }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr: lastLine(stderr) }),
    );

  it('is printed by npm run plan, of a text or a file, and what is wrong with it in one line with its code', async () => {
    const [text, file, wrong, absent] = await Promise.all([
      plan('{ payment(id: "1") { user { name } } }'),
      plan('operations/examples/pay.graphql', '--supergraph', 'schema/supergraph.graphql'),
      plan('{ nothing }'),
      plan('absent.graphql'),
    ]);

    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/^payments\n.*\nthen\nusers for payment\.user by User \{/) });
    expect(file).toMatchObject({ code: 0, stdout: expect.stringMatching(/^users\n.*mutation/) });
    expect(wrong).toMatchObject({ code: 1, stderr: '1:3 GRAPHQL_VALIDATION_FAILED: Cannot query field "nothing" on type "Query".' });
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringMatching(/^cannot plan: .*absent\.graphql/) });
  }, 90_000);
});
