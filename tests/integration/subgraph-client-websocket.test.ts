import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { silentLogger, type Logger } from '../../platform/foundation/logger.ts';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from '../../gateway/subgraphs/subgraph-client.ts';
import {
  createSubscriptionClient,
  type SubscriptionClient,
  type SubscriptionClientOptions,
} from '../../gateway/subgraphs/subscription-client.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRawHttpServer } from '../support/raw-http-server.ts';
import { startScriptedSubgraph, type ScriptedOperation, type ScriptedSubgraph } from '../support/scripted-websocket-subgraph.ts';

const ticks = (after?: number): SubgraphRequest => ({
  query: 'subscription ($after: String) { tick(after: $after) }',
  variables: { after: after ?? null },
});
const resumeBehindLast: SubscribeContext['resume'] = (last) => ticks(Number(last?.data?.tick));

function context(over: Partial<SubscribeContext> = {}): SubscribeContext {
  return { headers: {}, signal: new AbortController().signal, resume: resumeBehindLast, continuesExactly: false, ...over };
}

function open(url: string, over: Partial<SubscriptionClientOptions> = {}): SubscriptionClient & AsyncDisposable {
  const client = createSubscriptionClient({
    protocol: 'graphql-transport-ws',
    name: 'payments',
    url,
    logger: silentLogger,
    connectTimeoutMs: 1_000,
    backoff: { initialMs: 10, maxMs: 50 },
    ...over,
  });
  return { ...client, [Symbol.asyncDispose]: async () => client.stop(Date.now() + 100) };
}

const pull = async (stream: AsyncIterator<SubgraphResponse>): Promise<unknown> => {
  const { value, done } = (await stream.next()) as IteratorResult<SubgraphResponse>;
  return done ? 'end' : (value.data?.tick ?? value);
};
const failureOf = async (work: Promise<unknown>): Promise<{ code: unknown; cause?: Error; retryable?: boolean }> =>
  work.then(
    (value) => ({ code: `got ${JSON.stringify(value)}` }),
    (error: { code: unknown; cause?: Error; retryable?: boolean }) => error,
  );
const onlyOperation = (subgraph: ScriptedSubgraph): Promise<ScriptedOperation> =>
  eventually(() => (subgraph.operations.size === 1 ? [...subgraph.operations.values()][0] : undefined), 2_000);

describe('the WebSocket client of a subgraph', () => {
  it('hands out events in order, then the end', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => {
        for (const tick of [1, 2, 3]) operation.next({ tick });
        operation.complete();
      },
    });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());

    const first = await stream.next();

    expect(first.value.data).toEqual({ tick: 1 });
    expect([await pull(stream), await pull(stream), await pull(stream)]).toEqual([2, 3, 'end']);
  });

  it('carries many operations on one socket and closes it when nothing uses it', async () => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url, { idleMs: 50 });
    const streams = Array.from({ length: 20 }, () => client.subscribe(ticks(), context()));

    expect(await Promise.all(streams.map(pull))).toEqual(streams.map(() => 1));
    expect(subgraph.upgrades).toHaveLength(1);

    for (const stream of streams) await stream.return?.();
    await eventually(() => subgraph.sockets.size === 0, 1_000);

    expect(await pull(client.subscribe(ticks(), context()))).toBe(1);
    expect(subgraph.upgrades).toHaveLength(2);
  });

  it('parts callers by the headers that are forwarded for them, and not by request ids', async () => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url);

    for (const headers of [
      { 'x-request-id': '1' },
      { 'x-request-id': '2' },
      { authorization: 'ana' },
      { authorization: 'willis', 'x-request-id': '3' },
      { authorization: 'ana' },
    ]) {
      await pull(client.subscribe(ticks(), context({ headers: headers as Record<string, string> })));
    }

    expect(subgraph.upgrades.map(({ headers }) => headers.authorization)).toEqual([undefined, 'ana', 'willis']);
    expect(subgraph.messages.filter(({ type }) => type === 'connection_init').map(({ payload }) => payload)).toEqual([
      undefined,
      { authorization: 'ana' },
      { authorization: 'willis' },
    ]);
  });

  it('ends the operation at the subgraph within 100 ms of return, also while it waits for an event', async () => {
    await using subgraph = await startScriptedSubgraph();
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());
    const pending = pull(stream);
    await onlyOperation(subgraph);

    await stream.return?.();

    expect(await pending).toBe('end');
    await eventually(() => subgraph.operations.size === 0, 100, 5);
    expect(subgraph.sockets.size).toBe(1);
  });

  it('ends the operation at the subgraph within 100 ms of the signal', async () => {
    await using subgraph = await startScriptedSubgraph();
    await using client = open(subgraph.url);
    const leaving = new AbortController();
    const pending = pull(client.subscribe(ticks(), context({ signal: leaving.signal })));
    await onlyOperation(subgraph);

    leaving.abort();

    expect(await pending).toBe('end');
    await eventually(() => subgraph.operations.size === 0, 100, 5);
  });

  it('leaves no operation behind when the client leaves before the connection is open', async () => {
    await using subgraph = await startScriptedSubgraph();
    await using client = open(subgraph.url, { idleMs: 20 });
    const stream = client.subscribe(ticks(), context());

    await stream.return?.();
    await eventually(() => subgraph.upgrades.length === 1 && subgraph.sockets.size === 0, 1_000);

    expect(subgraph.messages.filter(({ type }) => type === 'subscribe')).toEqual([]);
  });

  it('resumes behind the last event after the socket broke, each operation with its own request', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => {
        const after = Number(operation.payload.variables?.after ?? 0);
        operation.next({ tick: after + 1 });
        operation.next({ tick: after + 2 });
      },
    });
    await using client = open(subgraph.url);
    const [a, b] = [client.subscribe(ticks(), context()), client.subscribe(ticks(100), context())];
    expect([await pull(a), await pull(a), await pull(b), await pull(b)]).toEqual([1, 2, 101, 102]);

    for (const socket of subgraph.sockets) socket.terminate();

    expect([await pull(a), await pull(b), await pull(a), await pull(b)]).toEqual([3, 103, 4, 104]);
    expect(subgraph.upgrades).toHaveLength(2);
  });

  it('hands out what came before the break, and resumes behind that', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => {
        const after = Number(operation.payload.variables?.after ?? 0);
        for (const tick of [after + 1, after + 2, after + 3]) operation.next({ tick });
        if (after === 0) operation.socket.close(1012);
      },
    });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());

    expect([await pull(stream), await pull(stream), await pull(stream), await pull(stream)]).toEqual([1, 2, 3, 4]);
  });

  it.each([1000, 1001, 1012, 1013, 4408])('comes back after close code %d', async (code) => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => operation.next({ tick: Number(operation.payload.variables?.after ?? 0) + 1 }),
    });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());
    await pull(stream);

    for (const socket of subgraph.sockets) socket.close(code);

    expect(await pull(stream)).toBe(2);
  });

  it.each([4400, 4401, 4403, 4406, 1002, 1008, 1011])('gives up at once after close code %d', async (code) => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());
    await pull(stream);

    for (const socket of subgraph.sockets) socket.close(code, 'why');

    expect(await failureOf(pull(stream))).toMatchObject({
      code: 'SUBGRAPH_UNAVAILABLE',
      retryable: false,
      cause: new Error(`closed with ${code} why`),
    });
    expect(await pull(stream)).toBe('end');
  });

  it('waits for a subgraph that restarts, however often it is refused meanwhile', async () => {
    const script = {
      onSubscribe: (operation: ScriptedOperation) => operation.next({ tick: Number(operation.payload.variables?.after ?? 0) + 1 }),
    };
    const first = await startScriptedSubgraph(script);
    const logged = { warn: 0, debug: 0, info: 0 };
    const count = (level: keyof typeof logged) => (): void => void (logged[level] += 1);
    const logger = Object.assign(Object.create(silentLogger) as Logger, {
      warn: count('warn'),
      debug: count('debug'),
      info: count('info'),
    });
    await using client = open(first.url, { logger });
    const stream = client.subscribe(ticks(), context());
    expect(await pull(stream)).toBe(1);

    await first[Symbol.asyncDispose]();
    const pending = pull(stream);
    await eventually(() => logged.debug > 3, 5_000);
    await using _second = await startScriptedSubgraph({ ...script, port: first.port });

    expect(await pending).toBe(2);
    expect([logged.warn, logged.info]).toEqual([1, 1]); // one line for the outage, one for its end
  });

  it('fails when the subgraph does not come back in time', async () => {
    const subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url, { reconnectMs: 200 });
    const stream = client.subscribe(ticks(), context());
    await pull(stream);

    await subgraph[Symbol.asyncDispose]();

    expect(await failureOf(pull(stream))).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
  });

  it('fails when the stream cannot be continued', async () => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context({ resume: () => undefined }));
    await pull(stream);

    for (const socket of subgraph.sockets) socket.terminate();

    expect((await failureOf(pull(stream))).code).toBe('SUBGRAPH_UNAVAILABLE');
    expect(subgraph.operations.size).toBe(0);
  });

  it('fails at once, as a query would, when the stream cannot begin', async () => {
    await using refusing = await startRawHttpServer((_request, response) => response.writeHead(404).end());
    const urls = [`ws://127.0.0.1:${await freePort()}/graphql`, refusing.url.replace('http', 'ws')];

    for (const url of urls) {
      await using client = open(url);
      expect((await failureOf(pull(client.subscribe(ticks(), context())))).code).toBe('SUBGRAPH_UNAVAILABLE');
    }
  });

  it('does not wait for ever for an acknowledgement', async () => {
    await using subgraph = await startScriptedSubgraph({ acknowledge: false });
    await using client = open(subgraph.url, { connectTimeoutMs: 100 });

    expect(await failureOf(pull(client.subscribe(ticks(), context())))).toMatchObject({
      code: 'SUBGRAPH_UNAVAILABLE',
      cause: new Error('no acknowledgement within 100 ms'),
    });
  });

  it('notices a half-open socket by its silence and resumes on a new one', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => operation.next({ tick: Number(operation.payload.variables?.after ?? 0) + 1 }),
    });
    await using client = open(subgraph.url, { pingMs: 50 });
    const stream = client.subscribe(ticks(), context());
    await pull(stream);

    for (const socket of subgraph.sockets) socket.pause();

    expect(await pull(stream)).toBe(2);
    expect(subgraph.upgrades).toHaveLength(2);
    for (const socket of subgraph.sockets) socket.resume();
  });

  it('ends with what the subgraph refused, as a response without data', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => operation.error([{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }]),
    });
    await using client = open(subgraph.url);
    const stream = client.subscribe(ticks(), context());

    expect(JSON.parse(JSON.stringify(await pull(stream)))).toEqual({ errors: [{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(await pull(stream)).toBe('end');
  });

  it('fails one stream, not the socket, when an event is no GraphQL response', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => operation.next(operation.payload.variables?.after === 7 ? 'nonsense' : { tick: 1 }),
    });
    await using client = open(subgraph.url);
    const [good, bad] = [client.subscribe(ticks(), context()), client.subscribe(ticks(7), context())];

    expect((await failureOf(pull(bad))).code).toBe('SUBGRAPH_MALFORMED');
    expect(await pull(good)).toBe(1);
    await eventually(() => subgraph.operations.size === 1, 500);
  });

  it('gives up on a subgraph that sends garbage', async () => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.socket.send('{garbage') });
    await using client = open(subgraph.url);

    expect((await failureOf(pull(client.subscribe(ticks(), context())))).code).toBe('SUBGRAPH_UNAVAILABLE');
  });

  it('continues behind the last kept event when a slow reader has caught up, where that leaves no gap', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => {
        const after = Number(operation.payload.variables?.['after'] ?? 0);
        for (let tick = after + 1; tick <= 25; tick += 1) operation.next({ tick });
      },
    });
    await using client = open(subgraph.url, { bufferedEvents: 10 });
    const behind = (last: SubgraphResponse | undefined): SubgraphRequest => ticks(Number(last?.data?.['tick']));
    const stream = client.subscribe(ticks(0), context({ resume: behind, continuesExactly: true }));

    const seen = [];
    for (let count = 0; count < 25; count += 1) seen.push(await pull(stream));

    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(subgraph.messages.filter(({ type }) => type === 'subscribe').length).toBeGreaterThan(1);
    await stream.return?.();
    await eventually(() => subgraph.operations.size === 0, 500);
  });

  it('keeps a bounded number of events for a slow reader, then says so after those', async () => {
    await using subgraph = await startScriptedSubgraph({
      onSubscribe: (operation) => {
        for (let tick = 1; tick <= 50; tick += 1) operation.next({ tick });
      },
    });
    await using client = open(subgraph.url, { bufferedEvents: 10 });
    const stream = client.subscribe(ticks(), context());
    await eventually(() => subgraph.messages.some(({ type }) => type === 'complete'), 1_000);

    const seen = [];
    for (let count = 0; count < 10; count += 1) seen.push(await pull(stream));

    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await failureOf(pull(stream))).code).toBe('SUBSCRIPTION_TOO_SLOW');
    expect(await pull(stream)).toBe('end');
    expect(subgraph.operations.size).toBe(0);
  });

  it('makes one connection attempt at a time for all operations that were lost', async () => {
    let attempts = 0;
    const subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url, { backoff: { initialMs: 100, maxMs: 100 }, reconnectMs: 1_000 });
    const streams = Array.from({ length: 50 }, () => client.subscribe(ticks(), context()));
    await Promise.all(streams.map(pull));
    await subgraph[Symbol.asyncDispose]();
    const counting = createServer();
    counting.on('upgrade', (_request, socket) => {
      attempts += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => counting.listen(subgraph.port, '127.0.0.1', resolve));

    const failures = await Promise.all(streams.map((stream) => failureOf(pull(stream))));
    await new Promise((resolve) => counting.close(resolve));

    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['SUBGRAPH_UNAVAILABLE']));
    expect(attempts).toBeGreaterThan(1);
    expect(attempts).toBeLessThanOrEqual(25);
  });

  it('leaves nothing behind after 200 subscriptions that came and went', async () => {
    await using subgraph = await startScriptedSubgraph({ onSubscribe: (operation) => operation.next({ tick: 1 }) });
    await using client = open(subgraph.url);

    for (let count = 0; count < 200; count += 1) {
      const stream = client.subscribe(ticks(), context());
      if (count % 2 === 0) await pull(stream);
      await stream.return?.();
    }

    await eventually(() => subgraph.operations.size === 0, 1_000);
    expect(subgraph.sockets.size).toBe(1);
  });

  it('ends its streams when it stops', async () => {
    await using subgraph = await startScriptedSubgraph();
    await using client = open(subgraph.url);
    const pending = failureOf(pull(client.subscribe(ticks(), context())));
    await onlyOperation(subgraph);

    await client.stop(Date.now() + 100);

    expect((await pending).code).toBe('SUBGRAPH_UNAVAILABLE');
    await eventually(() => subgraph.sockets.size === 0, 1_500);
  });
});
