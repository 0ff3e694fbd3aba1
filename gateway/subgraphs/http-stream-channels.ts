import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import type { Backoff } from '../../platform/foundation/backoff.ts';
import { ProtocolError, toMessage } from '../../platform/foundation/errors.ts';
import { toJson } from '../numerals/hidden-numerals.ts';
import { createRetryPause } from './retry-pause.ts';
import { createMultipartReader } from './multipart-reader.ts';
import { createPooledChannels, type PooledTarget } from './pooled-channels.ts';
import { readRefusal } from './read-refusal.ts';
import { createServerSentEventsReader } from './server-sent-events-reader.ts';
import type { StreamReader, StreamSink } from './stream-reader.ts';
import type { CallContext, SubgraphRequest } from './subgraph-client.ts';
import { ChannelError, type ChannelSource, type OperationListener, type SubscriptionChannel } from './subscription-channel.ts';

/** What the subgraph is asked for. Not both at once: some servers compare the whole header with the one type that they know. */
const ACCEPT = {
  sse: 'text/event-stream',
  multipart: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/graphql-response+json;q=0.9, application/json;q=0.8',
} as const;

export interface HttpStreamChannelsOptions {
  readonly name: string;
  /** `http://` or `https://` */
  readonly url: string;
  readonly protocol: keyof typeof ACCEPT;
  /** Time to connect and to be answered with headers. */
  readonly connectTimeoutMs: number;
  /** A stream that has given a sign of life without an event, and then stays silent for this long, is dead. */
  readonly silenceMs: number;
  /** The same for a subgraph that sends events only. */
  readonly silenceWithoutHeartbeatMs: number;
  readonly maxMessageBytes: number;
  readonly backoff: Backoff;
}

/** GraphQL subscriptions as the answers to POST requests; each has a connection of its own while it lasts. `stop` ends every operation. */
export function createHttpStreamChannels(options: HttpStreamChannelsOptions): ChannelSource {
  const { url, connectTimeoutMs } = options;
  return createPooledChannels(url, { connections: null, connect: { timeout: connectTimeoutMs }, bodyTimeout: 0 }, (target, context) =>
    createChannel(target, context, options),
  );
}

function createChannel(
  { pool, path, stopping }: PooledTarget,
  context: CallContext,
  options: HttpStreamChannelsOptions,
): SubscriptionChannel {
  const { protocol, connectTimeoutMs, maxMessageBytes, backoff } = options;
  const retryPause = createRetryPause(backoff);

  const send = async ({ query, variables, operationName }: SubgraphRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    try {
      return await pool.request({
        path,
        method: 'POST',
        headers: { ...context.headers, 'content-type': 'application/json', accept: ACCEPT[protocol] },
        body: toJson({ query, variables, operationName }),
        headersTimeout: connectTimeoutMs,
        signal,
      });
    } catch (error) {
      throw new ChannelError({ fatal: stopping.aborted, message: toMessage(error) });
    }
  };

  return {
    async open(request, listener, signal) {
      await retryPause.wait(AbortSignal.any([signal, stopping]));
      if (signal.aborted) return;
      retryPause.onAttempt();
      const response = await send(request, signal);
      const createReader = readerOf(response.headers['content-type'], maxMessageBytes);
      if (!createReader || response.statusCode >= 300) throw new ChannelError(await readRefusal(response, protocol, maxMessageBytes));
      readStream(response.body, createReader, { ...listener, next: retryPause.observe(listener.next) }, signal, options);
    },
  };
}

function readerOf(header: string | string[] | undefined, maxLength: number): ((sink: StreamSink) => StreamReader) | undefined {
  const type = String(header ?? '');
  if (/^text\/event-stream\b/i.test(type)) return (sink) => createServerSentEventsReader(sink, maxLength);
  if (!/^multipart\/mixed\b/i.test(type)) return undefined;
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  return (sink) => createMultipartReader(sink, maxLength, quoted ?? bare ?? '-');
}

/** Reads until the stream's end, its silence, or the signal. */
function readStream(
  body: Dispatcher.ResponseData['body'],
  createReader: (sink: StreamSink) => StreamReader,
  listener: OperationListener,
  signal: AbortSignal,
  { name, silenceMs, silenceWithoutHeartbeatMs }: HttpStreamChannelsOptions,
): void {
  let over = false;
  let limitMs = silenceWithoutHeartbeatMs;
  const finish = (tell: () => void): void => {
    if (over) return;
    over = true;
    clearTimeout(silence);
    if (!signal.aborted) tell();
    body.destroy();
  };
  const onSilence = (): void => finish(() => listener.lost({ fatal: false, message: `silent for ${limitMs} ms` }));
  let silence = setTimeout(onSilence, limitMs);
  const reader = createReader({
    event: (payload) => over || listener.next(payload),
    heartbeat() {
      if (over || limitMs === silenceMs) return;
      limitMs = silenceMs; // this subgraph gives signs of life: their absence means something from now on
      clearTimeout(silence);
      silence = setTimeout(onSilence, limitMs);
    },
    completed: (errors) => finish(() => listener.ended(errors)),
    malformed: (expectation, cause) =>
      finish(() => listener.failed(new ProtocolError('SUBGRAPH_MALFORMED', `subgraph ${name}: expected ${expectation}`, { cause }))),
  });
  const decoder = new StringDecoder('utf8');
  body.on('data', (chunk: Buffer) => {
    silence.refresh();
    if (!over) reader.push(decoder.write(chunk));
  });
  body.on('error', (error) => finish(() => listener.lost({ fatal: false, message: toMessage(error) })));
  body.on('close', () => finish(() => listener.lost({ fatal: false, message: 'the stream ended without being completed' })));
}
