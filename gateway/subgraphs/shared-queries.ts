import type { AbortListener, AbortNotice } from './abort-notice.ts';
import { HEADERS_OF_ONE_REQUEST } from './headers-of-one-request.ts';
import { Http1Error, type HttpAnswer } from './http1-response.ts';
import type { SeenChanges } from './seen-changes.ts';
import { SharedWork, type Stop } from './shared-work.ts';
import type { CallContext } from './subgraph-client.ts';

/** Sends a query to one subgraph, unless the same one is under way for the same caller: then its answer is waited for. Everybody parses the text for himself. */
export type ShareQuery = (
  body: string,
  headers: CallContext['headers'],
  signal: AbortNotice,
  send: (stop: AbortNotice) => Promise<HttpAnswer>,
) => Promise<HttpAnswer>;

/** The same query: text, variables, and every forwarded header but those that only name one request. */
export function createSharedQueries(changes: SeenChanges): ShareQuery {
  const shared = new SharedWork<HttpAnswer>({
    changes,
    createStop: () => new ExchangeStop(),
    onLeft: () => new Http1Error('aborted', 'the client left'),
  });
  return (body, headers, signal, send) => shared.join(keyOf(body, headers), signal, send);
}

/** Lengths keep apart what values run together. */
function keyOf(body: string, headers: CallContext['headers']): string {
  let key = '';
  for (const name in headers) {
    if (HEADERS_OF_ONE_REQUEST.has(name)) continue;
    const value = headers[name] ?? '';
    key += `${name}:${value.length}:${value}`;
  }
  return key === '' ? body : `${key}${body}`;
}

/** For one exchange after another: there is never more than one that listens. */
class ExchangeStop implements Stop {
  aborted = false;
  #listener: AbortListener | undefined;

  addEventListener(_type: 'abort', listener: AbortListener): void {
    this.#listener = listener;
  }

  removeEventListener(_type: 'abort', listener: AbortListener): void {
    if (this.#listener === listener) this.#listener = undefined;
  }

  abort(): void {
    this.aborted = true;
    const listener = this.#listener;
    if (typeof listener === 'function') listener();
    else listener?.handleEvent();
  }
}
