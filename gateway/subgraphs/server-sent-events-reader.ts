import { parseExactly } from '../numerals/parse-exactly.ts';
import { LineReader } from './line-reader.ts';
import type { StreamReader, StreamSink } from './stream-reader.ts';

/**
 * GraphQL over server-sent events, distinct connections mode: `next` with a result, `complete` at the end, comments as signs of life.
 * An event without a name is taken for `next`, one with an unknown name for a sign of life.
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export function createServerSentEventsReader(sink: StreamSink, maxLength: number): StreamReader {
  const tooLarge = (): void => sink.malformed(`events of at most ${maxLength} characters, got a larger one`);
  let name = '';
  let data: string[] = [];
  let length = 0;

  const dispatch = (): void => {
    const text = data.join('\n');
    if (name === 'complete') sink.completed();
    else if (text !== '' && (name === 'next' || name === '')) dispatchNext(text);
    else sink.heartbeat();
    name = '';
    data = [];
    length = 0;
  };
  const dispatchNext = (text: string): void => {
    let payload: unknown;
    try {
      payload = parseExactly(text);
    } catch (error) {
      return sink.malformed('JSON in an event, got something else', error);
    }
    sink.event(payload);
  };
  const onLine = (line: string): void => {
    if (line === '') return name === '' && data.length === 0 ? undefined : dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return sink.heartbeat();
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') name = value;
    if (field !== 'data') return;
    data.push(value);
    length += value.length;
    if (length > maxLength) tooLarge();
  };
  return new LineReader({ onLine, maxLength, onTooLong: tooLarge });
}
