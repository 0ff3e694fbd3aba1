import type { OutgoingHttpHeaders } from 'node:http';
import type { GatewayResult } from '../engine.ts';

/** How a stream of results is written as text. Pure: knows no response, no timer. */
export interface StreamFormat<Message = GatewayResult> {
  readonly headers: OutgoingHttpHeaders;
  /** Written at once, so that clients and proxies see that the stream is open. */
  readonly opening: string;
  /** Written when nothing else was for a while; may be empty. */
  readonly keepAlive: string;
  encode(message: Message): string;
  /** What a client that stopped reading finds behind all it had been sent, if it ever reads on; empty: the stream ends without a closing. */
  readonly tooSlow: string;
  /** Written when the operation ended; not when the gateway stops, so that the client knows that there may be more. */
  readonly closing: string;
}

/** Nothing on the way may keep parts back or store them. */
export const STREAMING_HEADERS: OutgoingHttpHeaders = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/** For streams of events, which can be continued. */
export const TOO_SLOW: GatewayResult = {
  errors: [
    {
      message: 'the client did not read its events in time: subscribe again behind the last event that came',
      extensions: { code: 'SUBSCRIPTION_TOO_SLOW' },
    },
  ],
};
