import { request, type IncomingMessage } from 'node:http';

/** An event of the stream, as it was written. */
export interface StreamEvent {
  readonly event: string;
  readonly data: { readonly id: string; readonly payload?: { readonly data?: unknown; readonly errors?: readonly unknown[] } };
}

/** One event stream of single connection mode, of which the test reads events when it wants to. */
export interface EventStream extends AsyncDisposable {
  readonly response: IncomingMessage;
  /** The next event; `undefined` when the stream ended. Comments are skipped. */
  next(): Promise<StreamEvent | undefined>;
}

export type Headers = Readonly<Record<string, string>>;

/** PUT: a token for a stream. */
export async function reserve(url: string, headers: Headers = {}): Promise<string> {
  const response = await fetch(url, { method: 'PUT', headers });
  if (response.status !== 201) throw new Error(`expected a reservation, got ${response.status} ${await response.text()}`);
  return response.text();
}

/** GET of the stream; an answer that is none is handed out with its status alone. */
export async function openEventStream(url: string, token: string, headers: Headers = {}): Promise<EventStream> {
  const outgoing = request(url, { headers: { accept: 'text/event-stream', [TOKEN_HEADER]: token, ...headers }, agent: false });
  outgoing.on('error', () => undefined);
  outgoing.end();
  const response = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
  response.on('error', () => undefined).setEncoding('utf8');
  const chunks = response.iterator({ destroyOnReturn: false });
  let text = '';
  return {
    response,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const chunk = (await chunks.next().catch(() => ({ done: true, value: '' }))) as IteratorResult<string, unknown>;
          if (chunk.done) return undefined;
          text += chunk.value;
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const match = /^event: (\w+)\ndata: (.*)$/.exec(block);
        if (match) return { event: String(match[1]), data: JSON.parse(String(match[2])) as StreamEvent['data'] };
        if (block !== ':') throw new Error(`expected an event or a comment, got ${JSON.stringify(block)}`);
      }
    },
    async [Symbol.asyncDispose]() {
      outgoing.destroy();
    },
  };
}

export const TOKEN_HEADER = 'x-graphql-event-stream-token';

/** POST of an operation whose results come over the stream of the token. */
export function sendOperation(url: string, token: string, id: unknown, request: object, headers: Headers = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [TOKEN_HEADER]: token, ...headers },
    body: JSON.stringify({ ...request, extensions: { operationId: id } }),
  });
}

/** DELETE of an operation. */
export function stopOperation(url: string, token: string, id: string, headers: Headers = {}): Promise<Response> {
  return fetch(`${url}?operationId=${encodeURIComponent(id)}`, { method: 'DELETE', headers: { [TOKEN_HEADER]: token, ...headers } });
}
