import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { readServerSentEvents } from '../../gateway/testing/read-server-sent-events.ts';

/** A GraphQL answer as a stranger sees it. */
export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** POSTs one operation as any client would. Rejects when nothing answers. */
export async function post<Data = Record<string, unknown>>(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
  timeoutMs = 10_000,
): Promise<Answer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

/** Like `post`, for tests where an error is not expected. @throws Error with all errors' texts */
export async function ask<Data>(url: string, query: string, variables?: Record<string, unknown>): Promise<Data> {
  const answer = await post<Data>(url, query, variables);
  if (answer.errors || !answer.data) throw new Error(`expected data, got ${answer.status} ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

/** The code of the first error, or undefined. */
export async function refusalCode(url: string, query: string, variables?: Record<string, unknown>): Promise<unknown> {
  return (await post(url, query, variables)).errors?.[0]?.extensions?.code;
}

/**
 * A graphql-transport-ws client that does not retry: tests see what happens. The caller disposes it.
 * @param withinMs how long the handshake, and then its acknowledgement, may take; default as long as they like
 */
export function connectWebSocket(httpUrl: string, withinMs = 0): Client {
  class PatientWebSocket extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocols, withinMs > 0 ? { handshakeTimeout: withinMs } : {});
      // graphql-ws takes its listener away when it terminates, and a socket that was still connecting says so after that: as an error that nobody hears.
      this.on('error', () => undefined);
    }
  }
  return createClient({
    url: httpUrl.replace(/^http/, 'ws'),
    webSocketImpl: PatientWebSocket,
    connectionAckWaitTimeout: withinMs,
    retryAttempts: 0,
    lazy: true,
  });
}

/** Events of one subscription over SSE (distinct connections mode), as they come. The signal ends it. */
export async function* subscribeSse<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> | undefined,
  signal: AbortSignal,
): AsyncGenerator<Answer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal,
  });
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new Error(`expected an event stream, got ${response.status} ${await response.text()}`);
  }
  for await (const { event, data } of readServerSentEvents(response.body as AsyncIterable<Uint8Array>)) {
    if (event === 'complete') return;
    if (event === 'next') yield { status: response.status, ...(JSON.parse(data) as object) };
  }
}
