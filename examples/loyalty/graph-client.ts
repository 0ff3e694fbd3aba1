import { DependencyError, toMessage } from '../../platform/foundation/errors.ts';

/** What a GraphQL server said besides data. */
export interface GraphErrors {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An answer, or one event of a subscription. */
export interface GraphResult {
  readonly data?: unknown;
  readonly errors?: readonly GraphErrors[];
}

export interface GraphClient {
  /** @throws DependencyError GRAPH_UNAVAILABLE nothing answers, or not as a GraphQL server does */
  query(query: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<GraphResult>;
  /**
   * Events over SSE, as any HTTP client can have them. They are read only as fast as they are asked for: the rest waits at the gateway.
   * @throws DependencyError GRAPH_UNAVAILABLE also when nothing came for 30 s, not even the gateway's sign of life
   */
  subscribe(query: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal): AsyncGenerator<GraphResult, void>;
}

const ANSWER_WITHIN_MS = 30_000;
/** More than any event of ours. */
const MAX_EVENT_CHARACTERS = 1_000_000;

/** @param url the gateway's GraphQL */
export function createGraphClient(url: string): GraphClient {
  const unavailable = (problem: string, cause?: unknown): DependencyError =>
    new DependencyError('GRAPH_UNAVAILABLE', 'gateway', `the graph at ${url} ${problem}`, { cause });

  const send = async (accept: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body: JSON.stringify(body), signal });

  return {
    async query(query, variables, signal) {
      try {
        const response = await send(
          'application/json',
          { query, variables },
          AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        );
        return (await response.json()) as GraphResult;
      } catch (error) {
        throw unavailable(`does not answer: ${explain(error)}`, error);
      }
    },

    async *subscribe(query, variables, signal) {
      const silence = new AbortController();
      const watch = setTimeout(() => silence.abort(new Error(`nothing came for ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
      try {
        const response = await send('text/event-stream', { query, variables }, AbortSignal.any([signal, silence.signal]));
        if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
          yield (await response.json()) as GraphResult; // refused before it began
          return;
        }
        let text = '';
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          watch.refresh();
          const parts = (text + chunk).replaceAll('\r\n', '\n').split('\n\n');
          text = parts.pop() ?? '';
          if (text.length > MAX_EVENT_CHARACTERS) throw new Error(`an event has more than ${MAX_EVENT_CHARACTERS} characters`);
          for (const { event, data } of parts.map(parseEvent)) {
            if (event === 'complete') return;
            if (event === 'next') yield JSON.parse(data) as GraphResult;
            watch.refresh(); // what we did meanwhile is not the gateway's silence
          }
        }
      } catch (error) {
        throw unavailable(`broke off: ${explain(error)}`, error);
      } finally {
        clearTimeout(watch);
        silence.abort();
      }
    },
  };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, as far as GraphQL over SSE needs it. */
function parseEvent(text: string): { readonly event: string; readonly data: string } {
  const field = (name: string): string =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n');
  return { event: field('event'), data: field('data') };
}

/** What `fetch` hides in the cause says more than "fetch failed". */
function explain(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? toMessage(error.cause) : toMessage(error);
}
