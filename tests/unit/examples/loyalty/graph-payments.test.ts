import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGraphClient } from '../../../../examples/loyalty/graph-client.ts';
import { createGraphPayments, type GraphPayments, type PaymentEvent } from '../../../../examples/loyalty/graph-payments.ts';

const ID = '01a20a4c-91a2-7226-b43b-02920d8da302';
const payment = {
  id: ID,
  status: 'PROCESSED',
  processedAt: '2026-01-31T12:00:00.000Z',
  amount: { amount: '125.00', currency: 'MXN' },
  user: { id: '1' },
};
const toEvent = (cursor: string, more: object = {}): string =>
  `event: next\ndata: ${JSON.stringify({ data: { paymentProcessed: { cursor, payment: { ...payment, ...more } } } })}\n\n`;

describe('payments as the graph tells of them', () => {
  let server: Server;
  let payments: GraphPayments;
  let answer: (response: ServerResponse) => void = (response) => void response.end();
  const leave = new AbortController();
  const { signal } = leave;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    payments = createGraphPayments(createGraphClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const answerJson = (body: unknown, status = 200): void => {
    answer = (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const answerStream = (write: (response: ServerResponse) => void): void => {
    answer = (response) => write(response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }));
  };
  const follow = async (): Promise<PaymentEvent[]> => {
    const events: PaymentEvent[] = [];
    for await (const event of payments.follow('here', signal)) events.push(event);
    return events;
  };

  it('come as events with exact amounts; a failed one is a cursor alone', async () => {
    answerStream((response) => void response.end(`${toEvent('a')}${toEvent('b', { status: 'FAILED' })}event: complete\ndata:\n\n`));

    expect(await follow()).toEqual([
      {
        cursor: 'a',
        payment: { paymentId: ID, userId: '1', amountMinor: 12_500n, currency: 'MXN', processedAt: new Date('2026-01-31T12:00:00Z') },
      },
      { cursor: 'b', payment: undefined },
    ]);
  });

  it('are whole however the bytes arrive, with any line ends, and signs of life are no events', async () => {
    const bytes = Buffer.from(`:\r\n\r\n${toEvent('ñ').replaceAll('\n', '\r\n')}:\n\n${toEvent('€')}event: complete\r\ndata:\r\n\r\n`);
    answerStream((response) => {
      const write = (at: number): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(write, at + 1));
      };
      write(0);
    });

    expect((await follow()).map(({ cursor }) => cursor)).toEqual(['ñ', '€']);
  });

  it('are a page of history with the place where the next one begins', async () => {
    answerJson({ data: { payments: { nodes: [payment], pageInfo: { endCursor: 'end', hasNextPage: true } } } });

    expect(await payments.readHistory(null, signal)).toMatchObject({ payments: [{ paymentId: ID }], endCursor: 'end', last: false });
  });

  it.each([
    ['an expired cursor', { code: 'CURSOR_EXPIRED', field: 'after' }, 'GRAPH_REFUSED'],
    ['a cursor of another database', { code: 'BAD_USER_INPUT', field: 'after' }, 'GRAPH_REFUSED'],
    ['payments that are away', { code: 'SUBGRAPH_UNAVAILABLE' }, 'GRAPH_UNAVAILABLE'],
  ])('tell %s by its code, before the stream begins as in it', async (_, extensions, code) => {
    const errors = [{ message: 'no', extensions }];
    answerJson({ errors }, 400);
    await expect(follow()).rejects.toMatchObject({ code });

    answerStream((response) => void response.end(`event: next\ndata: ${JSON.stringify({ errors })}\n\n`));
    await expect(follow()).rejects.toMatchObject({ code });
  });

  it.each([
    ['no amount', { amount: null }],
    ['no identifier', { id: 'x' }],
    ['no status that we know', { status: 'REFUNDED' }],
  ])('are refused whole when there is %s', async (_, more) => {
    answerStream((response) => void response.end(toEvent('a', more)));

    await expect(follow()).rejects.toMatchObject({ code: 'MESSAGE_MALFORMED' });
  });

  it('are unavailable, with the reason, when nothing answers or something else does', async () => {
    answer = (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
    await expect(follow()).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    await expect(payments.newestCursor(signal)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });

    const elsewhere = createGraphPayments(createGraphClient('http://127.0.0.1:1/graphql'));
    await expect(elsewhere.newestCursor(signal)).rejects.toThrow(/127\.0\.0\.1:1\/graphql/);
  });

  it('end when the reader leaves, and the gateway hears of it', async () => {
    const closed = new Promise<void>((resolve) => {
      answerStream((response) => {
        response.on('close', resolve);
        response.write(toEvent('a'));
      });
    });

    for await (const { cursor } of payments.follow('here', signal)) {
      expect(cursor).toBe('a');
      break;
    }

    await closed;
  });
});
