import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../gateway/engine.ts';
import { eventually } from '../support/eventually.ts';
import { SUBSCRIPTION_CLIENTS, type ClientStream } from '../support/subscription-clients.ts';
import { startTransports } from '../support/transport-server.ts';

async function collect(stream: ClientStream): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (;;) {
    const result = await stream.next();
    if (typeof result === 'string') return [...seen, result];
    seen.push(result.data ?? codeOf(result));
    if (result.data === undefined) return seen;
  }
}
const codeOf = (result: GatewayResult | string): unknown => (typeof result === 'string' ? result : result.errors?.[0]?.extensions?.code);

/** What holds for a subscription whatever carries it. */
describe.each(SUBSCRIPTION_CLIENTS)('a subscription over $transport', (client) => {
  it('brings its events in order, then its end', async () => {
    await using server = await startTransports();

    const seen = await collect(client.open(server, { query: 'subscription ($n: Int!) { count(upTo: $n) }', variables: { n: 300 } }));

    expect(seen).toEqual([...Array.from({ length: 300 }, (_, index) => ({ count: index + 1 })), 'complete']);
    expect(server.engine.running.size).toBe(0);
  });

  it('brings each event when it happens, not with the next one', async () => {
    await using server = await startTransports();
    const stream = client.open(server, { query: 'subscription { topic(name: "a") }' });
    await eventually(() => server.engine.running.size === 1, 2_000);

    for (const text of ['one', 'zwei', 'três 🎉']) {
      server.engine.push('a', text);
      expect(await stream.next()).toEqual({ data: { topic: text } });
    }
    server.engine.end('a');

    expect(await stream.next()).toBe('complete');
  });

  it.each([
    ['a syntax error', { query: 'subscription { count(' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown operation', { query: 'subscription A { count(upTo: 1) }', operationName: 'B' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['a variable of the wrong type', { query: 'subscription ($n: Int!) { count(upTo: $n) }', variables: { n: 'x' } }, 'BAD_USER_INPUT'],
    ['a refusal when it starts', { query: 'subscription { refused }' }, 'BAD_USER_INPUT'],
  ])('is refused with a code before its first event: %s', async (_what, request, code) => {
    await using server = await startTransports();
    const stream = client.open(server, request);

    expect(codeOf(await stream.next())).toBe(code);
    expect(server.engine.running.size).toBe(0);
    await stream.cancel();
  });

  it('tells a failure in the middle, masked, behind the events that came before', async () => {
    await using server = await startTransports();
    const stream = client.open(server, { query: 'subscription { failing(after: 2) }' });

    expect([await stream.next(), await stream.next()]).toEqual([{ data: { failing: 1 } }, { data: { failing: 2 } }]);
    const failure = await stream.next();

    expect(codeOf(failure)).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(failure)).not.toContain('secret');
    expect(JSON.stringify(failure)).toMatch(/"requestId":"[0-9a-f-]{36}"/);
  });

  it('ends upstream within 100 ms when the client cancels', async () => {
    await using server = await startTransports();
    const stream = client.open(server, { query: 'subscription { topic(name: "a") }' });
    await eventually(() => server.engine.running.size === 1, 2_000);
    server.engine.push('a', 'one');
    await stream.next();

    await stream.cancel();

    await eventually(() => server.engine.running.size === 0, 100, 5);
  });

  it('carries queries and mutations as well', async () => {
    await using server = await startTransports();

    expect(await collect(client.open(server, { query: 'query ($n: String) { hello(name: $n) }', variables: { n: 'Ana' } }))).toEqual([
      { hello: 'hello Ana' },
      'complete',
    ]);
    expect(await collect(client.open(server, { query: 'mutation { add(by: 5) }' }))).toEqual([{ add: 5 }, 'complete']);
    expect(await client.open(server, { query: '{ broken }' }).next()).toMatchObject({
      data: null,
      errors: [{ path: ['broken'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
    expect(server.engine.sum).toBe(5);
  });

  it('ends a query at work within 100 ms when the client cancels', async () => {
    await using server = await startTransports();
    const stream = client.open(server, { query: '{ never }' });
    const pending = stream.next();
    await eventually(() => server.engine.running.size === 1, 2_000);

    await stream.cancel();

    await eventually(() => server.engine.running.size === 0, 100, 5);
    await server.stop();
    await pending;
  });

  it('ends without completing when the gateway stops, so that the client knows to come back', async () => {
    await using server = await startTransports();
    const stream = client.open(server, { query: 'subscription { topic(name: "a") }' });
    const pending = stream.next();
    await eventually(() => server.engine.running.size === 1, 2_000);
    const startedAt = Date.now();

    await server.stop();

    expect(await pending).toBe('broken');
    expect(server.engine.running.size).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });
});
