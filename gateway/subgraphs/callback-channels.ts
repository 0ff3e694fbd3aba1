import type { Dispatcher } from 'undici';
import type { Backoff } from '../../platform/foundation/backoff.ts';
import { toMessage } from '../../platform/foundation/errors.ts';
import { toJson } from '../numerals/hidden-numerals.ts';
import type { CallbackRegistry } from './callback-registry.ts';
import { createPooledChannels, type PooledTarget } from './pooled-channels.ts';
import { readRefusal } from './read-refusal.ts';
import { createRetryPause } from './retry-pause.ts';
import type { SubscribeContext } from './subgraph-client.ts';
import { ChannelError, type ChannelSource, type SubscriptionChannel } from './subscription-channel.ts';

export interface CallbackChannelsOptions {
  /** `http://` or `https://` */
  readonly url: string;
  readonly registry: CallbackRegistry;
  /** Where subgraphs reach the registry of this process, without a slash at the end: `https://gateway-3.example/callback`. */
  readonly callbackUrl: string;
  /** How often the subgraph is asked to give a sign of life. Two that do not come end the operation. */
  readonly heartbeatMs: number;
  /** Time for the answer to the registration. */
  readonly timeoutMs: number;
  readonly maxMessageBytes: number;
  readonly backoff: Backoff;
}

/** Two heartbeats, and half of one for the way. */
const HEARTBEATS_MISSED = 2.5;

/**
 * Apollo's HTTP callback protocol: the subgraph is sent the operation and a URL, and POSTs the events there. Nothing is open in between.
 * A subgraph learns that its operation ended with the next message that it sends: it gets 404.
 */
export function createCallbackChannels(options: CallbackChannelsOptions): ChannelSource {
  const { url, timeoutMs } = options;
  return createPooledChannels(url, { connections: 128, connect: { timeout: timeoutMs }, bodyTimeout: timeoutMs }, (target, context) =>
    createChannel(target, context, options),
  );
}

function createChannel(
  { pool, path, stopping }: PooledTarget,
  context: SubscribeContext,
  options: CallbackChannelsOptions,
): SubscriptionChannel {
  const { registry, callbackUrl, heartbeatMs, timeoutMs, maxMessageBytes, backoff } = options;
  const retryPause = createRetryPause(backoff);
  return {
    async open({ query, variables, operationName }, listener, signal) {
      const either = AbortSignal.any([signal, stopping]);
      await retryPause.wait(either);
      if (signal.aborted) return;
      retryPause.onAttempt();
      let wasChecked = false;
      const timers: { silence?: NodeJS.Timeout } = {}; // started when the subgraph has answered
      const leave = (): void => {
        clearTimeout(timers.silence);
        subscription.remove();
        either.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        if (!signal.aborted) listener.lost({ fatal: true, message: 'the gateway is stopping' });
      };
      let lastEvent: string | undefined;
      const onEvent = retryPause.observe((payload: unknown) => {
        // A message whose answer was lost comes again. Where every event has a place of its own, the same one twice is that.
        const text = context.continuesExactly ? JSON.stringify(payload) : undefined;
        if (text !== undefined && text === lastEvent) return;
        lastEvent = text;
        listener.next(payload);
      });
      const subscription = registry.register({
        onAlive() {
          wasChecked = true;
          timers.silence?.refresh();
        },
        onEvent,
        onComplete(errors) {
          leave();
          listener.ended(errors);
        },
      });
      either.addEventListener('abort', onAbort, { once: true });
      const { id, verifier } = subscription;
      const extensions = {
        subscription: { callbackUrl: `${callbackUrl}/${id}`, subscriptionId: id, verifier, heartbeatIntervalMs: heartbeatMs },
      };
      try {
        const response = await pool
          .request({
            path,
            method: 'POST',
            headers: { ...context.headers, 'content-type': 'application/json', accept: 'application/json;callbackSpec=1.0' },
            body: toJson({ query, variables, operationName, extensions }),
            headersTimeout: timeoutMs,
            signal: either,
          })
          .catch((error: unknown) => {
            throw new ChannelError({ fatal: stopping.aborted, message: toMessage(error) });
          });
        await acceptAnswer(response, () => wasChecked, maxMessageBytes);
      } catch (error) {
        leave();
        throw error;
      }
      if (signal.aborted || !registry.has(id)) return; // it may be complete already
      timers.silence = setTimeout(() => {
        leave();
        listener.lost({ fatal: false, message: `no sign of life for two heartbeats of ${heartbeatMs} ms` });
      }, heartbeatMs * HEARTBEATS_MISSED);
    },
  };
}

/** @throws ChannelError unless the subgraph took the registration, which it shows by calling the URL before it answers */
async function acceptAnswer(response: Dispatcher.ResponseData, wasChecked: () => boolean, maxBytes: number): Promise<void> {
  const loss = await readRefusal(response, 'callback', maxBytes);
  // Apollo Server says so when it could not reach the URL; nothing is wrong with the operation.
  if (response.statusCode >= 500) throw new ChannelError({ fatal: false, message: loss.refusal?.[0]?.message ?? loss.message });
  if (loss.refusal || response.statusCode >= 300 || !wasChecked()) throw new ChannelError(loss);
}
