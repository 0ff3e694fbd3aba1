import { STREAMING_HEADERS, type StreamFormat } from './stream-format.ts';

/**
 * GraphQL over server-sent events, distinct connections mode: `next` for each result, then `complete`.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export const serverSentEvents: StreamFormat = {
  headers: { ...STREAMING_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' },
  opening: ':\n\n',
  keepAlive: ':\n\n',
  encode: (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`,
  closing: 'event: complete\ndata: \n\n', // browsers drop an event that has no data field
};
