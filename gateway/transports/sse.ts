import { oncePerResult, resultText } from './once-per-result.ts';
import { STREAMING_HEADERS, TOO_SLOW, type StreamFormat } from './stream-format.ts';

const CLOSING = 'event: complete\ndata: \n\n'; // browsers drop an event that has no data field
const encode: StreamFormat['encode'] = oncePerResult((result) => `event: next\ndata: ${resultText(result)}\n\n`);

/**
 * GraphQL over server-sent events, distinct connections mode: `next` for each result, then `complete`.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export const serverSentEvents: StreamFormat = {
  headers: { ...STREAMING_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' },
  opening: ':\n\n',
  keepAlive: ':\n\n',
  encode,
  tooSlow: `${encode(TOO_SLOW)}${CLOSING}`,
  closing: CLOSING,
};
