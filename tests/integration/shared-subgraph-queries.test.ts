import { describe, expect, it } from '@jest/globals';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGateway } from '../../gateway/create-gateway.ts';
import { createHttpClient, type HttpClient } from '../../gateway/subgraphs/http-client.ts';
import { SeenChanges } from '../../gateway/subgraphs/seen-changes.ts';
import type { CallContext, SubgraphRequest, SubgraphResponse } from '../../gateway/subgraphs/subgraph-client.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { startRawHttpServer, type RawHttpServer } from '../support/raw-http-server.ts';
import { writeSupergraph } from '../support/small-graph.ts';

const query: SubgraphRequest = { query: 'query($id: ID!) { me(id: $id) { tags } }', variables: { id: '1' } };
const mutation: SubgraphRequest = { query: 'mutation { pay }', kind: 'mutation' };

interface HeldServer extends RawHttpServer {
  /** Answers what waits, in order, and from now on everything at once. */
  release(text?: string, status?: number): void;
}

/** A subgraph that answers when the test says so. */
async function startHeldServer(): Promise<HeldServer> {
  const waiting: ((text: string, status: number) => void)[] = [];
  const server = await startRawHttpServer((_request, response) => {
    waiting.push((text, status) => response.writeHead(status).end(text));
  });
  return {
    ...server,
    release: (text = '{"data":{"me":{"tags":["a"]}}}', status = 200) => {
      for (const answer of waiting.splice(0)) answer(text, status);
    },
  };
}

function open(url: string, changes = new SeenChanges()): HttpClient & AsyncDisposable {
  const client = createHttpClient({ name: 'users', url, timeoutMs: 20_000, changes, shareQueries: true });
  return { ...client, [Symbol.asyncDispose]: async () => client.stop(Date.now() + 300) };
}

const context = (headers: CallContext['headers'] = {}, signal = new AbortController().signal): CallContext => ({ headers, signal });
const failureOf = (work: Promise<SubgraphResponse>): Promise<unknown> =>
  work.then(
    (answer) => answer,
    (error: { code?: unknown }) => error.code,
  );

describe('identical queries to a subgraph at the same time', () => {
  it('are sent once, and everybody gets data of his own', async () => {
    await using server = await startHeldServer();
    await using client = open(server.url);

    const asked = Array.from({ length: 20 }, (_, index) =>
      client.execute(query, context({ authorization: 'a', 'x-request-id': `r${index}`, traceparent: `00-${index}` })),
    );
    await eventually(() => server.requests.length > 0);
    server.release();
    const answers = await Promise.all(asked);

    expect(server.requests).toHaveLength(1);
    (answers[0]?.data?.['me'] as { tags: string[] }).tags.push('mine');
    expect(answers.slice(1).map(({ data }) => data)).toEqual(Array.from({ length: 19 }, () => ({ me: { tags: ['a'] } })));
  });

  it('are asked again once the answer came: nothing is kept', async () => {
    await using server = await startHeldServer();
    await using client = open(server.url);

    for (const count of [1, 2]) {
      const asked = client.execute(query, context());
      await eventually(() => server.requests.length === count);
      server.release();
      await asked;
    }
  });

  it.each([
    ['another caller', query, context({ authorization: 'b' })],
    ['a header more', query, context({ authorization: 'a', 'accept-language': 'de' })],
    ['other variables', { ...query, variables: { id: '2' } }, context({ authorization: 'a' })],
    ['another text', { ...query, query: 'query($id: ID!) { me(id: $id) { id tags } }' }, context({ authorization: 'a' })],
  ] as const)('are not taken for each other with %s', async (_what, request, other) => {
    await using server = await startHeldServer();
    await using client = open(server.url);

    const asked = [client.execute(query, context({ authorization: 'a' })), client.execute(request, other)];

    await eventually(() => server.requests.length === 2);
    server.release();
    await Promise.all(asked);
  });

  it('does not hold for mutations: each is sent', async () => {
    await using server = await startHeldServer();
    await using client = open(server.url);

    const asked = [client.execute(mutation, context()), client.execute({ query: ' mutation { pay }' }, context())];

    await eventually(() => server.requests.length === 2);
    server.release();
    await Promise.all(asked);
  });

  it('go on when the one that was first leaves, and end at the subgraph when all have left', async () => {
    await using server = await startHeldServer();
    await using client = open(server.url);
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];

    const asked = [first, second, third].map(({ signal }) => failureOf(client.execute(query, context({}, signal))));
    await eventually(() => server.requests.length === 1);
    first.abort();
    expect(await asked[0]).toBe('REQUEST_ABORTED');
    expect(server.running.size).toBe(1);
    server.release();
    expect(await asked[1]).toMatchObject({ data: { me: { tags: ['a'] } } });
    expect(await asked[2]).toMatchObject({ data: { me: { tags: ['a'] } } });

    const again = [new AbortController(), new AbortController()];
    const left = again.map(({ signal }) => failureOf(client.execute(query, context({}, signal))));
    await eventually(() => server.running.size === 1);
    again[1]?.abort();
    again[0]?.abort();
    expect(await Promise.all(left)).toEqual(['REQUEST_ABORTED', 'REQUEST_ABORTED']);
    await eventually(() => server.running.size === 0);
    expect(server.requests).toHaveLength(2);
  });

  it('share a failure once: who asks afterwards asks for himself', async () => {
    await using server = await startHeldServer();
    await using client = open(server.url);

    const asked = [1, 2, 3].map(() => failureOf(client.execute(query, context())));
    await eventually(() => server.requests.length === 1);
    server.release('<html>', 502);
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 3 }, () => 'SUBGRAPH_UNAVAILABLE'));

    const again = client.execute(query, context());
    await eventually(() => server.requests.length === 2);
    server.release();
    expect((await again).data).toEqual({ me: { tags: ['a'] } });
  });

  it('are told apart by what happened between them: a mutation that was answered, or an event', async () => {
    await using server = await startHeldServer();
    const changes = new SeenChanges();
    await using client = open(server.url, changes);
    await using payments = await startRawHttpServer((_request, response) => response.end('{"data":{"pay":true}}'));
    await using otherClient = open(payments.url, changes);
    const events = changes.watch(() =>
      (async function* () {
        yield { data: {} };
      })(),
    )(query, { ...context(), resume: () => undefined, continuesExactly: false });

    const asked = [client.execute(query, context())];
    await otherClient.execute(mutation, context());
    asked.push(client.execute(query, context()), client.execute(query, context()));
    await eventually(() => server.requests.length === 2);
    await events.next();
    asked.push(client.execute(query, context()));

    await eventually(() => server.requests.length === 3);
    server.release();
    await Promise.all(asked);
  });
});

describe('a gateway', () => {
  it.each([
    [true, 1],
    [false, 5],
  ])('with shareSubgraphQueries %s asks %d times for five clients that ask the same', async (shareSubgraphQueries, requests) => {
    await using server = await startHeldServer();
    await using supergraph = await writeSupergraph();
    const gateway = createGateway({
      supergraph: supergraph.file,
      env: { PEOPLE: server.url },
      logger: silentLogger,
      shareSubgraphQueries,
    });
    await gateway.start();

    const answers = [1, 2, 3, 4, 5].map(() => gateway.execute({ query: '{ person(id: "1") { name } }' }));
    await eventually(() => server.requests.length === requests);
    server.release('{"data":{"person":{"name":"Willis"}}}');

    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ data: { person: { name: 'Willis' } } });
    expect(server.requests).toHaveLength(requests);
    await gateway.stop();
  });

  describe.each(['shareSubgraphQueries', 'shareClientQueries'] as const)('with %s', (name) => {
    interface Shared extends AsyncDisposable {
      readonly server: HeldServer;
      ask(query: string, headers?: Record<string, string>): Promise<unknown>;
    }

    async function startSharing(): Promise<Shared> {
      const server = await startHeldServer();
      const supergraph = await writeSupergraph();
      const gateway = createGateway({ supergraph: supergraph.file, env: { PEOPLE: server.url }, logger: silentLogger, [name]: true });
      await gateway.start();
      return {
        server,
        async ask(text, headers = {}) {
          const init = {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: JSON.stringify({ query: text }),
          };
          return (await gateway.fetch(new Request('http://any.example/graphql', init))).json();
        },
        async [Symbol.asyncDispose]() {
          await gateway.stop();
          await supergraph[Symbol.asyncDispose]();
          await server[Symbol.asyncDispose]();
        },
      };
    }
    const WILLIS = '{ person(id: "1") { name } }';
    const answer = '{"data":{"person":{"name":"Willis"},"rename":{"name":"Willis"}}}';

    it('callers with other forwarded headers have a request of their own, others share one', async () => {
      await using shared = await startSharing();
      const { server, ask } = shared;

      const asked = [
        ask(WILLIS, { authorization: 'a' }),
        ask(WILLIS, { authorization: 'a', 'x-not-forwarded': '1' }),
        ask(WILLIS, { authorization: 'a', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }),
        ask(WILLIS, { authorization: 'b' }),
        ask(WILLIS),
        ask(WILLIS, { authorization: 'last' }),
      ];
      await eventually(() => server.requests.some(({ headers }) => headers['authorization'] === 'last'));
      server.release(answer);

      expect(await Promise.all(asked)).toEqual(asked.map(() => ({ data: { person: { name: 'Willis' } } })));
      expect(server.requests.map(({ headers }) => headers['authorization']).toSorted()).toEqual(['a', 'b', 'last', undefined]);
    });

    it('each mutation is sent', async () => {
      await using shared = await startSharing();
      const rename = 'mutation { rename(id: "1", name: "Willis") { name } }';

      const asked = [shared.ask(rename), shared.ask(rename)];
      await eventually(() => shared.server.requests.length === 2);
      shared.server.release(answer);

      expect(await Promise.all(asked)).toEqual(asked.map(() => ({ data: { rename: { name: 'Willis' } } })));
    });

    it('a failure is told to those who wait, and the next one asks anew', async () => {
      await using shared = await startSharing();
      const { server, ask } = shared;

      const asked = [ask(WILLIS), ask(WILLIS), ask(WILLIS), ask(WILLIS, { authorization: 'last' })];
      await eventually(() => server.requests.length === 2);
      server.release('<html>', 502);
      for (const told of await Promise.all(asked))
        expect(told).toMatchObject({ data: { person: null }, errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] });

      const again = [ask(WILLIS), ask(WILLIS), ask(WILLIS, { authorization: 'last' })];
      await eventually(() => server.requests.length === 4);
      server.release(answer);
      expect(await Promise.all(again)).toEqual(again.map(() => ({ data: { person: { name: 'Willis' } } })));
      expect(server.requests).toHaveLength(4);
    });
  });

  it('shares nothing unless it is told to', () => {
    expect(readGatewayConfig({})).toMatchObject({ shareSubgraphQueries: false, shareClientQueries: false });
  });
});
