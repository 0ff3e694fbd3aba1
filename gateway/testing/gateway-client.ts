import { createClient } from 'graphql-ws';
import { Agent, request as send } from 'undici';
import { WebSocket } from 'ws';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { GatewayRequest, GatewayResult } from '../engine.ts';
import { readServerSentEvents } from './read-server-sent-events.ts';

export interface OpenedStream {
  /** Results as they come; ends when the gateway says so, or when `end` was called. */
  readonly results: AsyncIterable<GatewayResult>;
  end(): Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

/** A client of the gateway with connections of its own, which go with `stop`. */
export interface GatewayClient extends Stoppable {
  execute(request: GatewayRequest, headers: Headers): Promise<GatewayResult>;
  subscribe(request: GatewayRequest, headers: Headers, over: 'sse' | 'websocket'): OpenedStream;
}

/** @param url `http://host:port/graphql` */
export function createGatewayClient(url: string): GatewayClient {
  const agent = new Agent({ keepAliveTimeout: 10_000, headersTimeout: 0, bodyTimeout: 0 });
  const streams = new Set<OpenedStream>();

  const post = (request: GatewayRequest, headers: Headers, accept: string, signal?: AbortSignal): ReturnType<typeof send> =>
    send(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { accept, ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      ...(signal && { signal }),
    });
  return {
    async execute(request, headers) {
      const { statusCode, body } = await post(request, headers, 'application/graphql-response+json, application/json;q=0.9');
      const text = await body.text();
      try {
        return JSON.parse(text) as GatewayResult;
      } catch (error) {
        throw new Error(`expected JSON from the gateway, got status ${statusCode} ${text.slice(0, 500)}`, { cause: error });
      }
    },
    subscribe(request, headers, over) {
      const opened = over === 'sse' ? overServerSentEvents(request, headers, post) : overWebSocket(url, request, headers);
      const end = async (): Promise<void> => {
        streams.delete(stream);
        await opened.end();
      };
      const stream: OpenedStream = { results: opened.results, end };
      streams.add(stream);
      return stream;
    },
    async stop() {
      await Promise.all([...streams].map(async (stream) => stream.end()));
      await agent.destroy();
    },
  };
}

function overServerSentEvents(
  request: GatewayRequest,
  headers: Headers,
  post: (request: GatewayRequest, headers: Headers, accept: string, signal?: AbortSignal) => ReturnType<typeof send>,
): OpenedStream {
  const left = new AbortController();
  async function* read(): AsyncGenerator<GatewayResult> {
    try {
      const { headers: answered, body } = await post(request, headers, 'text/event-stream', left.signal);
      if (!String(answered['content-type']).startsWith('text/event-stream')) {
        yield (await body.json()) as GatewayResult;
        return;
      }
      for await (const { event, data } of readServerSentEvents(body as AsyncIterable<Uint8Array>)) {
        if (event === 'complete') return;
        if (event === 'next') yield JSON.parse(data) as GatewayResult;
      }
    } catch (error) {
      if (!left.signal.aborted) throw error;
    }
  }
  return {
    results: read(),
    async end() {
      left.abort();
    },
  };
}

function overWebSocket(url: string, request: GatewayRequest, headers: Headers): OpenedStream {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { ...headers },
    retryAttempts: 0,
    lazy: true,
  });
  const operation = {
    query: request.query,
    ...(request.variables && { variables: { ...request.variables } }),
    ...(request.operationName !== undefined && { operationName: request.operationName }),
  };
  const iterator = client.iterate(operation);
  async function* read(): AsyncGenerator<GatewayResult> {
    try {
      for await (const result of iterator) yield result as GatewayResult;
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      yield { errors: error as NonNullable<GatewayResult['errors']> }; // a refusal, as graphql-ws reports it
    } finally {
      await client.dispose();
    }
  }
  return {
    results: read(),
    async end() {
      await iterator.return?.();
      await client.dispose();
    },
  };
}
