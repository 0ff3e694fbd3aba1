import type { GatewayResult } from '../engine.ts';
import { oncePerResult, resultText } from './once-per-result.ts';
import { STREAMING_HEADERS, TOO_SLOW, type StreamFormat } from './stream-format.ts';

/**
 * Apollo's multipart subscription protocol 1.0. Each part ends with the delimiter of the next one, or clients show it one event late;
 * an empty object is a heartbeat, and the first thing sent. Apollo Sandbox wants the boundary to be `graphql`.
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
export const multipartSubscription: StreamFormat = {
  headers: { ...STREAMING_HEADERS, 'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0' },
  opening: `\r\n--graphql${part('{}')}`,
  keepAlive: part('{}'),
  encode: oncePerResult((result) => part(envelopeOf(result))),
  tooSlow: `${part(envelopeOf(TOO_SLOW))}--\r\n`,
  closing: '--\r\n',
};

function part(body: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${body}\r\n--graphql`;
}

/** Errors without data belong to the stream, not to an event: the protocol puts them beside the payload, without a place in the document. */
function envelopeOf(result: GatewayResult): string {
  if (result.data !== undefined || !result.errors) return `{"payload":${resultText(result)}}`;
  const errors = result.errors.map(({ message, extensions }) => ({ message, ...(extensions ? { extensions } : {}) }));
  return JSON.stringify({ payload: null, errors });
}
