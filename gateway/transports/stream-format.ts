import type { OutgoingHttpHeaders } from 'node:http';
import type { GatewayResult } from '../engine.ts';

/** How a stream of results is written as text. Pure: knows no response, no timer. */
export interface StreamFormat {
  readonly headers: OutgoingHttpHeaders;
  /** Written at once, so that clients and proxies see that the stream is open. */
  readonly opening: string;
  /** Written when nothing else was for a while. */
  readonly keepAlive: string;
  encode(result: GatewayResult): string;
  /** Written when the operation ended; not when the gateway stops, so that the client knows that there may be more. */
  readonly closing: string;
}

/** Nothing on the way may keep parts back or store them. */
export const STREAMING_HEADERS: OutgoingHttpHeaders = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
