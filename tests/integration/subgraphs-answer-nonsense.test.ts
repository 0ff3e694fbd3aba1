import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/create-gateway.ts';
import type { GatewayResult } from '../../gateway/engine.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { startRawHttpServer, type RawHttpServer } from '../support/raw-http-server.ts';
import { writeSupergraph } from '../support/small-graph.ts';

const MEGABYTE = 1024 * 1024;
const LARGE = 200 * MEGABYTE;

interface Graph extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly people: RawHttpServer;
}

/** A gateway over a subgraph that answers `never` as the test says, and everything else as it should. */
async function startGraph(answerNever: (response: ServerResponse) => void, options: Partial<GatewayOptions> = {}): Promise<Graph> {
  const people = await startRawHttpServer((_request, response, body) => {
    if (body.includes('never')) answerNever(response);
    else response.end('{"data":{"person":{"name":"Willis"}}}');
  });
  const supergraph = await writeSupergraph();
  const gateway = createGateway({ supergraph: supergraph.file, env: { PEOPLE: people.url }, logger: silentLogger, ...options });
  await gateway.start();
  return {
    gateway,
    people,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await people[Symbol.asyncDispose]();
      await supergraph[Symbol.asyncDispose]();
    },
  };
}

const askNonsense = async ({ gateway }: Graph): Promise<GatewayResult> => (await gateway.execute({ query: '{ never }' })) as GatewayResult;

async function expectHealthy({ gateway, people }: Graph): Promise<void> {
  expect(await gateway.execute({ query: '{ person(id: "1") { name } }' })).toEqual({ data: { person: { name: 'Willis' } } });
  await eventually(() => people.running.size === 0);
}

describe('a subgraph that answers with 200 MB', () => {
  it('of announced length is cut before any of it is read', async () => {
    let sent = 0;
    await using graph = await startGraph((response) => {
      response.writeHead(200, { 'content-length': LARGE });
      sent = pour(response, () => undefined);
    });

    expect(await askNonsense(graph)).toEqual({
      data: { never: null },
      errors: [
        {
          message: 'Subgraph people gave an answer that is not as it should be.',
          path: ['never'],
          extensions: { code: 'SUBGRAPH_MALFORMED', serviceName: 'people' },
        },
      ],
    });
    expect(sent).toBeLessThan(LARGE);
    await expectHealthy(graph);
  });

  it('without end in sight is cut at 64 MiB, and what was read is given back', async () => {
    let sent = 0;
    await using graph = await startGraph(
      (response) => {
        response.writeHead(200);
        pour(response, (bytes) => (sent += bytes));
      },
      { subgraphTimeoutMs: 60_000 },
    );
    const before = process.memoryUsage().arrayBuffers;

    const { data, errors } = await askNonsense(graph);

    expect(data).toEqual({ never: null });
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['SUBGRAPH_MALFORMED']);
    await eventually(() => graph.people.running.size === 0);
    expect(sent).toBeLessThan(150 * MEGABYTE);
    await expectHealthy(graph);
    await eventually(() => process.memoryUsage().arrayBuffers < before + 80 * MEGABYTE);
  });
});

describe('a subgraph that drips', () => {
  it('valid JSON, byte by byte, has its time limit like any other', async () => {
    await using graph = await startGraph(
      (response) => {
        response.write('{"data":{"never":"');
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      },
      { subgraphTimeoutMs: 1_000 },
    );
    const startedAt = Date.now();

    const { data, errors } = await askNonsense(graph);

    expect(data).toEqual({ never: null });
    expect(errors?.map(({ extensions, message }) => [extensions?.['code'], message])).toEqual([
      ['SUBGRAPH_TIMEOUT', 'Subgraph people did not answer in time.'],
    ]);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await expectHealthy(graph);
  });
});

describe('a subgraph that names a member twice', () => {
  it.each([
    ['{"data":{"never":"first","never":"last"}}', { data: { never: 'last' } }],
    ['{"data":{"never":"first"},"data":{"never":"last"}}', { data: { never: 'last' } }],
    ['{"data":{"never":{"a":1},"never":"last"},"errors":[{"message":"gone"}],"errors":null}', { data: { never: 'last' } }],
    [
      '{"data":{"never":"first"},"data":null,"errors":[{"message":"no"}]}',
      { data: { never: null }, errors: [expect.objectContaining({ message: 'no' })] },
    ],
  ])('%s has said the last', async (text, expected) => {
    await using graph = await startGraph((response) => response.end(text));

    expect(await askNonsense(graph)).toEqual(expected);
    await expectHealthy(graph);
  });
});

/** Writes a very long text as fast as it is read, until it is all written or the reader is gone. @returns what was written at once */
function pour(response: ServerResponse, onSent: (bytes: number) => void): number {
  const chunk = Buffer.alloc(MEGABYTE, 'x');
  let left = LARGE;
  let written = 0;
  response.on('error', () => undefined);
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      written += chunk.length;
      onSent(chunk.length);
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
  return written;
}
