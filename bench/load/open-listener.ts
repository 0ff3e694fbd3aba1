import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { FAN_OUT } from './fan-out-operation.ts';

export const LISTENER_TRANSPORTS = ['graphql-transport-ws', 'sse', 'multipart'] as const;
export type ListenerTransport = (typeof LISTENER_TRANSPORTS)[number];

export interface ListenerTarget {
  readonly port: number;
  /** One address has about 28,000 ports for connections to the same place; Linux has all of 127.0.0.0/8. */
  readonly localAddress: string;
  /** The text of each event, with what is around it. */
  onEvent(text: string): void;
  /** The stream or its connection is over, in words. */
  onEnd(why: string): void;
}

/** Subscribes one client on a connection of its own. Resolves when it is accepted. @returns cuts the connection @throws Error when it is refused */
export function openListener(transport: ListenerTransport, target: ListenerTarget): Promise<() => void> {
  return transport === 'graphql-transport-ws' ? openWebSocket(target) : openStream(transport, target);
}

function openWebSocket({ port, localAddress, onEvent, onEnd }: ListenerTarget): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false, localAddress });
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('close', (code, reason) => {
      reject(new Error(`refused with ${code}`));
      onEnd(`a client's connection was closed with ${code} ${String(reason)}`);
    });
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"connection_ack"')) {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FAN_OUT } }));
        resolve(() => socket.terminate());
      } else if (text.includes('"next"')) onEvent(text);
      else if (text.includes('"error"') || text.includes('"complete"')) onEnd(`the subscription ended: ${text.slice(0, 300)}`);
    });
  });
}

/** How a transport over HTTP is asked for, and what stands between its events. */
const STREAMS = {
  sse: { accept: 'text/event-stream', delimiter: '\n\n', sign: 'event: next' },
  multipart: { accept: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0', delimiter: '--graphql', sign: '"payload"' },
} as const;

/** By hand, because ten thousand of Node's HTTP clients would take more of the machine than the gateway does. */
function openStream(transport: keyof typeof STREAMS, { port, localAddress, onEvent, onEnd }: ListenerTarget): Promise<() => void> {
  const { accept, delimiter, sign } = STREAMS[transport];
  const body = JSON.stringify({ query: FAN_OUT });
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    let rest = '';
    let accepted = false;
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error('the connection was closed'));
      onEnd("a client's connection was closed");
    });
    socket.on('connect', () =>
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: ${accept}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    );
    socket.on('data', (text: string) => {
      rest += text;
      if (!accepted && rest.length >= 'HTTP/1.1 200'.length) {
        if (!rest.startsWith('HTTP/1.1 200')) return reject(new Error(`refused: ${rest.slice(0, 300)}`));
        accepted = true;
        resolve(() => socket.destroy());
      }
      const pieces = rest.split(delimiter);
      rest = pieces.pop() ?? '';
      for (const piece of pieces) if (piece.includes(sign)) onEvent(piece);
    });
  });
}
