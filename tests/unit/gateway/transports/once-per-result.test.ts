import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import type { GatewayResult } from '../../../../gateway/engine.ts';
import { multipartSubscription } from '../../../../gateway/transports/multipart.ts';
import { SocketPeer } from '../../../../gateway/transports/socket-peer.ts';
import { serverSentEvents } from '../../../../gateway/transports/sse.ts';

/** A result that counts how often it is read for its text. */
function countedResult(): { result: GatewayResult; reads: () => number } {
  let reads = 0;
  const data = {
    get event() {
      reads += 1;
      return { n: 1 };
    },
  };
  return { result: { data }, reads: () => reads };
}

function openPeer(): { peer: SocketPeer; sent: string[]; carrier: PassThrough } {
  const sent: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    readyState: WebSocket.OPEN,
    bufferedAmount: 0,
    send: (text: string) => void sent.push(text),
  });
  const carrier = new PassThrough();
  const options = {
    carrier,
    maxBufferedBytes: 1_000,
    maxWaiting: 10,
    graceMs: 1_000,
    stallMs: 1_000,
    onTooSlow: () => undefined,
    onClosing: () => undefined,
  };
  return { peer: new SocketPeer(socket as unknown as WebSocket, options), sent, carrier };
}

describe('a result that many clients get', () => {
  it('is made text once for all WebSockets, SSE and multipart streams together', () => {
    const { result, reads } = countedResult();
    const clients = Array.from({ length: 10 }, openPeer);

    for (const { peer } of clients) void peer.sendResult('1', 'next', result);
    const events = clients.map(() => serverSentEvents.encode(result));
    const parts = clients.map(() => multipartSubscription.encode(result));

    expect(reads()).toBe(1);
    expect(new Set([...events, ...parts]).size).toBe(2);
    expect(events[0]).toBe('event: next\ndata: {"data":{"event":{"n":1}}}\n\n');
    expect(parts[0]).toBe('\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"event":{"n":1}}}}\r\n--graphql');
  });

  it.each(['1', 'a "quoted" id', 'ein Schlüssel 🎉', '\u2028\\', '__proto__'])('has the id of each client around it: %s', (id) => {
    const { result } = countedResult();
    const { peer, sent } = openPeer();

    void peer.sendResult('another', 'next', result);
    void peer.sendResult(id, 'data', result);

    expect(sent.map((text) => JSON.parse(text) as unknown)).toEqual([
      { id: 'another', type: 'next', payload: { data: { event: { n: 1 } } } },
      { id, type: 'data', payload: { data: { event: { n: 1 } } } },
    ]);
  });

  it('is not taken for one that looks the same', () => {
    const [one, other] = [{ data: { n: 1 } }, { data: { n: 1 }, extensions: { eventsMayBeMissing: true } }];

    expect(serverSentEvents.encode(one)).toBe('event: next\ndata: {"data":{"n":1}}\n\n');
    expect(serverSentEvents.encode(other)).toBe('event: next\ndata: {"data":{"n":1},"extensions":{"eventsMayBeMissing":true}}\n\n');
    expect(serverSentEvents.encode(one)).toBe('event: next\ndata: {"data":{"n":1}}\n\n');
  });

  it('keeps the two forms of a failure apart: beside the payload in multipart, as a result over SSE', () => {
    const failure: GatewayResult = { errors: [{ message: 'no', path: ['a'], extensions: { code: 'X' } }] };

    expect(multipartSubscription.encode(failure)).toContain('{"payload":null,"errors":[{"message":"no","extensions":{"code":"X"}}]}');
    expect(serverSentEvents.encode(failure)).toContain('{"errors":[{"message":"no","path":["a"],"extensions":{"code":"X"}}]}');
  });
});

it('results that one WebSocket gets in one turn of the event loop leave together', async () => {
  const { peer, carrier } = openPeer();
  const { result } = countedResult();

  void peer.sendResult('1', 'next', result);
  void peer.sendResult('1', 'next', result);
  expect(carrier.writableCorked).toBe(1);
  await new Promise(setImmediate);
  expect(carrier.writableCorked).toBe(0);
});
