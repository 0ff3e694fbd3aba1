import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createGateway, type GatewayOptions } from '../../gateway/create-gateway.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { PLANNERS, type PlannerName } from '../../gateway/planning/planner.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { startRawHttpServer, type RawHttpServer } from '../support/raw-http-server.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])';
const CATALOG = `${LINK}
  scalar Big
  scalar JSON
  input In { big: Big float: Float int: Int json: JSON }
  type Item @key(fields: "code") { code: Big! weight: Float blob: JSON id: ID count: Int label: String }
  type Query { items: [Item!]! item: Item echo(big: Big, float: Float, int: Int, input: In): JSON }
  type Subscription { ticked: Item! }
`;
const STOCK = `${LINK}
  scalar Big
  type Item @key(fields: "code") { code: Big! weight: Float @external place: String shipping: Big @requires(fields: "weight") }
`;
const FIRST = '12345678901234567890';
const SECOND = '12345678901234567891';
const ITEMS = `[
  {"__typename":"Item","code":${FIRST},"weight":1.0,"blob":{"deep":[0.1000,1E400,{"x":-0,"s":"1.0"}]}},
  {"__typename":"Item","code":${SECOND},"weight":1e2,"blob":${FIRST}},
  {"__typename":"Item","code":${FIRST},"weight":1.0,"blob":4.5}
]`;

interface Graph extends AsyncDisposable {
  readonly url: string;
  readonly catalog: RawHttpServer;
  readonly stock: RawHttpServer;
  readonly gateway: ReturnType<typeof createGateway>;
}

type Answer = (body: string, response: ServerResponse) => void;
const say =
  (text: string): Answer =>
  (_body, response) =>
    void response.end(text);

/** Places are numbered in the order of the representations. */
const stockAnswers: Answer = (body, response) => {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown[]> };
  const [representations = []] = Object.values(variables).filter(Array.isArray);
  const entities = representations.map(
    (_representation, index) => `{"__typename":"Item","place":"place ${index}"${query.includes('shipping') ? ',"shipping":1.50' : ''}}`,
  );
  response.end(`{"data":{"_entities":[${entities.join()}]}}`);
};

/** A gateway over two subgraphs whose answers are written byte by byte. */
async function startGraph(catalogAnswers: Answer, planner: PlannerName = 'apollo', options: Partial<GatewayOptions> = {}): Promise<Graph> {
  const catalog = await startRawHttpServer((_request, response, body) => catalogAnswers(body, response));
  const stock = await startRawHttpServer((_request, response, body) => stockAnswers(body, response));
  const { sdl } = composeSupergraph([
    { name: 'catalog', routingUrl: catalog.url, from: 'test', sdl: CATALOG },
    { name: 'stock', routingUrl: stock.url, from: 'test', sdl: STOCK },
  ]);
  const gateway = createGateway({ supergraph: { sdl }, planner, logger: silentLogger, ...options });
  await gateway.start();
  const server = createServer(gateway.handle);
  server.on('upgrade', gateway.upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    catalog,
    stock,
    gateway,
    async [Symbol.asyncDispose]() {
      server.close();
      await gateway.stop();
      server.closeAllConnections();
      await catalog[Symbol.asyncDispose]();
      await stock[Symbol.asyncDispose]();
    },
  };
}

async function post(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return response.text();
}
const ask = (url: string, query: string): Promise<string> => post(url, JSON.stringify({ query }));
/** Without whitespace: only in texts whose strings have none that matters. */
const squeeze = (text: string): string => text.replace(/\s/g, '');

describe.each(PLANNERS)('numbers that JavaScript would change, with the planner of %s,', (planner) => {
  it('reach the client as the subgraph sent them, also inside JSON scalars', async () => {
    await using graph = await startGraph(say(`{"data":{"items":${ITEMS}}}`), planner);

    expect(await ask(graph.url, '{ items { code weight blob } }')).toBe(
      `{"data":{"items":${squeeze(ITEMS.replaceAll('"__typename":"Item",', ''))}}}`,
    );
  });

  it('are sent to another subgraph with all digits, as keys and as @requires, each once', async () => {
    await using graph = await startGraph(say(`{"data":{"items":${ITEMS}}}`), planner);

    const answer = await ask(graph.url, '{ items { code place shipping } }');

    expect(answer).toBe(
      `{"data":{"items":[{"code":${FIRST},"place":"place 0","shipping":1.50},{"code":${SECOND},"place":"place 1","shipping":1.50},{"code":${FIRST},"place":"place 0","shipping":1.50}]}}`,
    );
    const sent = graph.stock.requests.map(({ body }) => body).join();
    expect(sent).toMatch(new RegExp(`\\{[^{}]*"code":${FIRST}[,}]`));
    expect(sent).toMatch(new RegExp(`\\{[^{}]*"code":${SECOND}[,}]`));
    expect(sent).toContain('"weight":1.0');
    expect(sent).toContain('"weight":1e2');
    expect(sent.match(new RegExp(FIRST, 'g'))).toHaveLength(graph.stock.requests.length);
  });

  it('are told apart by their digits when entities are equal otherwise', async () => {
    const codes = ['1', '1.0', '1.00', '1', '1e0'];
    await using graph = await startGraph(
      say(`{"data":{"items":[${codes.map((code) => `{"__typename":"Item","code":${code}}`).join()}]}}`),
      planner,
    );

    const answer = await ask(graph.url, '{ items { code place } }');

    const places = [0, 1, 2, 0, 3].map((place, index) => `{"code":${codes[index]},"place":"place ${place}"}`);
    expect(answer).toBe(`{"data":{"items":[${places.join()}]}}`);
  });

  it('reach the subgraph as the client wrote them: literals of custom scalars', async () => {
    await using graph = await startGraph(say('{"data":{"echo":1.0}}'), planner);

    expect(await ask(graph.url, `{ echo(big: ${FIRST}, input: { int: 2, json: [1.0, { a: -0, b: 1e2 }] }) }`)).toBe(
      '{"data":{"echo":1.0}}',
    );

    const { query } = JSON.parse(graph.catalog.requests[0]?.body ?? '') as { query: string };
    expect(squeeze(query).replaceAll(',', '')).toContain(squeeze(`big: ${FIRST} input: { int: 2 json: [1.0 { a: -0 b: 1e2 }] }`));
  });
});

describe('numbers that JavaScript would change', () => {
  const QUERY = 'query($big: Big, $int: Int, $input: In) { echo(big: $big, int: $int, input: $input) }';
  const VARIABLES = `{"big":${FIRST},"int":1.0,"input":{"big":[1.0,{"a":1e2}],"float":0.10,"int":2.0,"json":{"n":1E400,"__proto__":-0}},"unknown":1.0}`;
  const SENT = `"variables":{"big":${FIRST},"int":1,"input":{"big":[1.0,{"a":1e2}],"float":0.10,"int":2,"json":{"n":1E400,"__proto__":-0}}}`;

  it('reach the subgraph as the client sent them in variables, over POST, GET and both WebSocket protocols', async () => {
    await using graph = await startGraph(say('{"data":{"echo":[1.0]}}'));

    const overPost = await post(graph.url, `{"query":${JSON.stringify(QUERY)},"variables":${VARIABLES}}`);
    const overGet = await fetch(`${graph.url}?query=${encodeURIComponent(QUERY)}&variables=${encodeURIComponent(VARIABLES)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    const payload = `{"query":${JSON.stringify(QUERY)},"variables":${VARIABLES}}`;
    const overSocket = await firstResult(graph.url, 'graphql-transport-ws', 'subscribe', payload);
    const overLegacy = await firstResult(graph.url, 'graphql-ws', 'start', payload);

    expect([overPost, await overGet.text()]).toEqual(['{"data":{"echo":[1.0]}}', '{"data":{"echo":[1.0]}}']);
    expect([overSocket, overLegacy]).toEqual([
      '{"id":"1","type":"next","payload":{"data":{"echo":[1.0]}}}',
      '{"id":"1","type":"data","payload":{"data":{"echo":[1.0]}}}',
    ]);
    expect(graph.catalog.requests).toHaveLength(4);
    for (const { body } of graph.catalog.requests) expect(body).toContain(SENT);
  });

  it('are refused as variables of other types as ever, and the refusal says what the client sent', async () => {
    await using graph = await startGraph(say('{"data":{"echo":null}}'));
    const refused = async (variables: string): Promise<string> =>
      post(graph.url, `{"query":${JSON.stringify(QUERY)},"variables":${variables}}`);

    expect(await refused('{"int":1.50}')).toContain('Int cannot represent non-integer value: 1.5');
    expect(await refused(`{"int":${FIRST}}`)).toContain('BAD_USER_INPUT');
    expect(await refused('{"input":{"float":1E400}}')).toContain('BAD_USER_INPUT');
    expect(await post(graph.url, '{"query":1.0}')).toContain('expected query to be a string, got a number');
    expect(graph.catalog.requests).toHaveLength(0);
  });

  it('are Int, ID and String as the specification says, and not more', async () => {
    const item = (members: string): Answer => say(`{"data":{"item":{"__typename":"Item",${members}}}}`);
    const answer = async (members: string): Promise<string> => {
      await using graph = await startGraph(item(members));
      // `weight` makes the gateway look at the numerals
      return await ask(graph.url, '{ item { weight id count label } }');
    };

    expect(await answer(`"weight":1.0,"id":${FIRST},"count":1.0,"label":"a"`)).toBe(
      `{"data":{"item":{"weight":1.0,"id":"${FIRST}","count":1,"label":"a"}}}`,
    );
    const misfits = await answer('"weight":1.0,"id":1.50,"count":2147483648,"label":1.0');
    expect(misfits).toContain('{"data":{"item":{"weight":1.0,"id":null,"count":null,"label":null}},"errors":[');
    expect(misfits.match(/SUBGRAPH_MALFORMED/g)).toHaveLength(3);
  });

  it('never show how they travel: not in errors, not in extensions, not to the caller of the library', async () => {
    await using graph = await startGraph(
      say(`{"data":{"items":[{"__typename":"Item","code":1.0}]},"errors":[{"message":1.0,"extensions":{"code":"X","at":1.50}}]}`),
    );

    const text = await ask(graph.url, '{ items { code } }');
    const result = await graph.gateway.execute({ query: '{ items { code } }' });

    expect(text).toContain('"message":"the subgraph sent an error without a message"');
    expect(text).toContain('"at":1.5');
    expect(text).not.toContain('numeral-');
    expect(result).toMatchObject({ data: { items: [{ code: 1 }] } });
  });

  it('come in deferred parts, in both formats', async () => {
    await using graph = await startGraph(say(`{"data":{"item":{"__typename":"Item","code":${FIRST},"weight":1.0}}}`));
    for (const accept of ['multipart/mixed;deferSpec=20220824', 'multipart/mixed;incrementalSpec=v0.2']) {
      await using stream = await openHttpStream(graph.url, accept, { query: '{ item { code ... @defer { weight shipping } } }' });

      const text = await stream.readAll();

      expect(text).toContain(`"code":${FIRST}`);
      expect(text).toContain('"shipping":1.50');
    }
  });
});

describe.each(['sse', 'multipart'] as const)('events over %s', (protocol) => {
  it('keep their numbers on the way to clients of every transport', async () => {
    const event = `{"data":{"ticked":{"__typename":"Item","code":${FIRST},"weight":1.0}}}`;
    const streams: ServerResponse[] = [];
    const answers: Answer = (_body, response) => {
      streams.push(response);
      if (protocol === 'sse') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`event: next\ndata: ${event}\n\n`);
      else
        response
          .writeHead(200, { 'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0' })
          .write(`\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":${event}}\r\n--graphql`);
    };
    await using graph = await startGraph(answers, 'apollo', { subscriptions: { others: { protocol }, named: new Map() } });
    const query = 'subscription { ticked { code weight place } }';
    const expected = `{"data":{"ticked":{"code":${FIRST},"weight":1.0,"place":"place 0"}}}`;

    await using overSse = await openHttpStream(graph.url, 'text/event-stream', { query });
    await overSse.readUntil(`data: ${expected}\n\n`);
    await using parts = await openHttpStream(graph.url, 'multipart/mixed;subscriptionSpec=1.0', { query });
    await parts.readUntil(`{"payload":${expected}}`);
    const payload = JSON.stringify({ query });

    expect(await firstResult(graph.url, 'graphql-transport-ws', 'subscribe', payload)).toBe(
      `{"id":"1","type":"next","payload":${expected}}`,
    );
    expect(await firstResult(graph.url, 'graphql-ws', 'start', payload)).toBe(`{"id":"1","type":"data","payload":${expected}}`);
    expect(graph.stock.requests[0]?.body).toContain(`"code":${FIRST}`);
    for (const stream of streams) stream.destroy();
  });
});

/** The text of the first result of an operation. */
async function firstResult(url: string, protocol: string, start: string, payload: string): Promise<string> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocol);
  const results: string[] = [];
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    if (text.includes('connection_ack')) socket.send(`{"id":"1","type":"${start}","payload":${payload}}`);
    if (text.includes('"payload":{"data"')) results.push(text);
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init","payload":{}}');
  const result = await eventually(() => results[0]);
  socket.close();
  return result;
}
