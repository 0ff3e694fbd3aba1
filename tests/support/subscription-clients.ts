import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import type { GatewayRequest, GatewayResult } from '../../gateway/engine.ts';
import type { TransportServer } from './transport-server.ts';

/** What a client sees of one operation. */
export interface ClientStream {
  /** The next result; at the end how it ended: `complete` when the server said so, `broken` when it just ended. */
  next(): Promise<GatewayResult | 'complete' | 'broken'>;
  /** Ends the operation as this client's users do. */
  cancel(): Promise<void> | void;
}

export interface SubscriptionClient {
  readonly transport: string;
  open(server: Pick<TransportServer, 'url' | 'webSocketUrl'>, request: GatewayRequest): ClientStream;
}

/** Results as an iterator that throws GraphQL errors as a list, which is how the clients of graphql-ws and graphql-sse report a refusal. */
function fromIterator(iterator: AsyncIterator<unknown>): ClientStream {
  return {
    async next() {
      try {
        const { value, done } = await iterator.next();
        return done ? 'complete' : (value as GatewayResult);
      } catch (error) {
        return Array.isArray(error) ? { errors: error as GatewayResult['errors'] } : 'broken';
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  };
}

const transportWs: SubscriptionClient = {
  transport: 'graphql-transport-ws',
  open(server, request) {
    const client = createWsClient({ url: server.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const stream = fromIterator(client.iterate(toBody(request)));
    return stream;
  },
};

const serverSentEvents: SubscriptionClient = {
  transport: 'SSE',
  open(server, request) {
    const client = createSseClient({ url: server.url, retryAttempts: 0 });
    return fromIterator(client.iterate(toBody(request)));
  },
};

/** subscriptions-transport-ws is not maintained any more; this speaks it as its client did. */
const legacyWs: SubscriptionClient = {
  transport: 'graphql-ws (legacy)',
  open(server, request) {
    const socket = new WebSocket(server.webSocketUrl, 'graphql-ws');
    const results = new AsyncQueue<GatewayResult | 'broken'>({ bound: 10_000 });
    socket.on('open', () => socket.send('{"type":"connection_init","payload":{}}'));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      results.push('broken');
      results.end();
    });
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(data.toString()) as {
        type: string;
        payload: GatewayResult & { errors: GatewayResult['errors'] };
      };
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'start', payload: toBody(request) }));
      if (type === 'data') results.push(payload);
      if (type === 'error') results.push({ errors: payload.errors });
      if (type === 'error' || type === 'complete') {
        results.end();
        socket.close();
      }
    });
    return {
      ...fromQueue(results),
      cancel() {
        socket.send('{"id":"1","type":"stop"}');
      },
    };
  },
};

/** Apollo's multipart protocol, read strictly: CRLF everywhere, the delimiter with its part. */
const multipart: SubscriptionClient = {
  transport: 'multipart',
  open(server, request) {
    const results = new AsyncQueue<GatewayResult | 'broken'>({ bound: 10_000 });
    const outgoing = httpRequest(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9',
      },
    });
    outgoing.on('error', () => undefined);
    outgoing.on('response', (response) => {
      if (response.headers['content-type']?.startsWith('multipart/mixed')) readParts(response, results);
      else void readJson(response, results);
    });
    outgoing.end(JSON.stringify(toBody(request)));
    return {
      ...fromQueue(results),
      cancel() {
        outgoing.destroy();
        void results.return();
      },
    };
  },
};

export const SUBSCRIPTION_CLIENTS: readonly SubscriptionClient[] = [transportWs, legacyWs, serverSentEvents, multipart];

function readParts(response: IncomingMessage, results: AsyncQueue<GatewayResult | 'broken'>): void {
  let text = '';
  let over = false;
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (let at = text.indexOf('\r\n--graphql'); at >= 0; at = text.indexOf('\r\n--graphql')) {
      const part = text.slice(0, at);
      text = text.slice(at + '\r\n--graphql'.length);
      if (part !== '') onPart(part);
    }
    over ||= text.startsWith('--\r\n');
  });
  response.on('close', () => {
    if (!over) results.push('broken');
    results.end();
  });
  const onPart = (part: string): void => {
    const [head, body] = part.split('\r\n\r\n', 2);
    if (head !== '\r\ncontent-type: application/json' || body === undefined) throw new Error(`a malformed part: ${JSON.stringify(part)}`);
    const { payload, errors } = JSON.parse(body) as { payload?: GatewayResult | null; errors?: GatewayResult['errors'] };
    if (payload) results.push(payload);
    else if (errors) results.push({ errors });
  };
}

async function readJson(response: IncomingMessage, results: AsyncQueue<GatewayResult | 'broken'>): Promise<void> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  results.push(JSON.parse(text) as GatewayResult);
  results.end();
}

function fromQueue(results: AsyncQueue<GatewayResult | 'broken'>): Pick<ClientStream, 'next'> {
  return {
    async next() {
      const { value, done } = await results.next();
      return done ? 'complete' : (value as GatewayResult | 'broken');
    },
  };
}

function toBody({ query, operationName, variables }: GatewayRequest): {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
} {
  return { query, ...(operationName === undefined ? {} : { operationName }), ...(variables ? { variables: { ...variables } } : {}) };
}
