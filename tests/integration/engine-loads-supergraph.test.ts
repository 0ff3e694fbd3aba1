import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetchSdl } from '../../gateway/supergraph/fetch-sdl.ts';
import { loadSupergraphSdl } from '../../gateway/supergraph/load-supergraph.ts';
import { silentLogger, type Logger } from '../../platform/foundation/logger.ts';
import { startFakeSubgraph } from '../support/fake-subgraph.ts';
import { media } from '../support/fixtures/media.ts';

let folder: string;
const closing: (() => Promise<unknown> | void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const load = (file: string, options: { logger?: Logger; signal?: AbortSignal } = {}): Promise<string> =>
  loadSupergraphSdl({ file, env: {}, logger: options.logger ?? silentLogger, signal: options.signal ?? new AbortController().signal });

async function serve(answer: (requestNumber: number) => { status?: number; body: string }): Promise<string> {
  let count = 0;
  const server: Server = createServer((_request, response) => {
    const { status = 200, body } = answer(++count);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

describe('a supergraph is loaded', () => {
  it('from running subgraphs, a file and text in one supergraph.yaml', async () => {
    const running = await Promise.all(media.subgraphs.map(startFakeSubgraph));
    closing.push(...running.map((server) => () => server.stop(Date.now() + 1_000)));
    await write(
      'extra.graphql',
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\ntype Query { extra: Int }',
    );
    const yaml = `subgraphs:\n${media.subgraphs.map(({ name }, index) => `  ${name}:\n    schema: { subgraph_url: ${running[index]?.url} }\n`).join('')}  extra: { routing_url: http://x.test, schema: { file: extra.graphql } }\n  inline:\n    routing_url: http://y.test\n    schema:\n      sdl: |\n        type Query { inline: Int }\n`;

    const sdl = await load(await write('supergraph.yaml', yaml));

    expect(sdl).toContain(`@join__graph(name: "library", url: "${running[0]?.url}")`);
    expect(sdl).toMatch(/extra: Int @join__field\(graph: EXTRA\)/);
    expect(sdl).toMatch(/inline: Int @join__field\(graph: INLINE\)/);
  });

  it('as it stands when the file is composed already, whatever it is called', async () => {
    const composed = '# mine\nschema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }\ntype Query { a: Int }';

    expect(await load(await write('any.graphql', 'whatever it holds'))).toBe('whatever it holds');
    expect(await load(await write('composed', composed))).toBe(composed);
  });

  it('not when a file is missing: all missing files are named, with the line that wants them', async () => {
    const file = await write(
      'supergraph.yaml',
      'subgraphs:\n  a: { routing_url: http://a.test, schema: { file: a.graphql } }\n  b: { routing_url: http://b.test, schema: { file: b.graphql } }',
    );

    await expect(load(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [
        `${file}:2: schema of subgraph a: ${join(folder, 'a.graphql')}: there is no such file`,
        `${file}:3: schema of subgraph b: ${join(folder, 'b.graphql')}: there is no such file`,
      ],
    });
    await expect(load(join(folder, 'nope.graphql'))).rejects.toMatchObject({ problems: [`${folder}/nope.graphql: there is no such file`] });
    await expect(load(folder)).rejects.toMatchObject({ problems: [`${folder}: is a folder, expected a file`] });
  });
});

describe('a subgraph that is asked for its schema', () => {
  const ask = (url: string, options: { logger?: Logger; signal?: AbortSignal; timeoutMs?: number } = {}): Promise<string> =>
    fetchSdl({ name: 'a', url, where: 'supergraph.yaml:2', logger: silentLogger, signal: new AbortController().signal, ...options });

  it('is waited for while it is not ready, and that is said', async () => {
    const said: string[] = [];
    const logger = { info: (text: string) => said.push(text) } as unknown as Logger;
    const url = await serve((count) =>
      count < 3 ? { status: 503, body: 'starting' } : { body: '{"data":{"_service":{"sdl":"type Query { a: Int }"}}}' },
    );

    expect(await ask(url, { logger })).toBe('type Query { a: Int }');
    expect(said).toEqual([1, 2].map(() => expect.stringMatching(/^waiting for subgraph a at http:.*: status 503; next try in 0\.\d s$/)));
  });

  it.each([
    ['HTML', { body: '<html>' }],
    ['no federation', { body: '{"errors":[{"message":"Cannot query field _service"}]}' }],
    ['another status', { status: 404, body: 'not here' }],
    ['an odd sdl', { body: '{"data":{"_service":{"sdl":5}}}' }],
  ])('is refused at once when it answers with %s', async (_title, answer) => {
    await expect(ask(await serve(() => answer))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [expect.stringMatching(/^supergraph\.yaml:2: http:.* does not answer as subgraph a should/)],
    });
  });

  it('is no longer waited for when the signal says so', async () => {
    const giveUp = new AbortController();
    const logger = { info: () => giveUp.abort() } as unknown as Logger;

    await expect(ask('http://127.0.0.1:1/graphql', { logger, signal: giveUp.signal })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [expect.stringContaining('did not answer')],
    });
  });
});
