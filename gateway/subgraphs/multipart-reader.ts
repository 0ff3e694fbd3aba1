import { parseExactly } from '../numerals/parse-exactly.ts';
import { LineReader } from './line-reader.ts';
import type { StreamReader, StreamSink } from './stream-reader.ts';

/** A part that may be complete before its delimiter came is tried only up to this length: each try costs as much as the part is long. */
const EARLY_LENGTH = 256 * 1024;

/**
 * Apollo's multipart subscription protocol 1.0, towards a subgraph. A part is handed on when it is complete, and not with the delimiter
 * of the next one, because some servers write that only with the next event.
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 * @param boundary as the response's content-type gives it
 */
export function createMultipartReader(sink: StreamSink, maxLength: number, boundary: string): StreamReader {
  const delimiter = `--${boundary}`;
  const tooLarge = (): void => sink.malformed(`parts of at most ${maxLength} characters, got a larger one`);
  let state: 'preamble' | 'headers' | 'body' | 'handed on' = 'preamble';
  let body: string[] = [];
  let length = 0;

  const handOn = (text: string): void => {
    state = 'handed on';
    body = [];
    length = 0;
    let value: unknown;
    try {
      value = parseExactly(text);
    } catch (error) {
      return sink.malformed('JSON in a part, got something else', error);
    }
    handOnPart(value, sink);
  };
  const endPart = (): void => {
    const text = body.join('\n');
    if (state === 'body' && text.trim() !== '') handOn(text);
    state = 'headers';
    body = [];
    length = 0;
  };
  const onLine = (line: string): void => {
    if (line.startsWith(delimiter) && /^(--)?[ \t]*$/.test(line.slice(delimiter.length))) {
      endPart();
      if (line.startsWith('--', delimiter.length)) sink.completed();
      return;
    }
    if (state === 'headers' && line === '') state = 'body';
    else if (state === 'body') {
      body.push(line);
      length += line.length;
      if (length > maxLength) tooLarge();
    } else if (state === 'handed on' && line.trim() !== '') sink.malformed('one JSON value in a part, got more');
  };
  const lines = new LineReader({ onLine, maxLength, onTooLong: tooLarge });

  return {
    push(text) {
      lines.push(text);
      if (lines.restLength + length > EARLY_LENGTH) return;
      const { rest } = lines;
      if (rest === `${delimiter}--`) {
        lines.forgetRest();
        return onLine(rest);
      }
      if (state !== 'body') return;
      if (rest === delimiter) {
        endPart();
        state = 'preamble'; // until the delimiter's line has ended
        return;
      }
      const soFar = `${body.join('\n')}${rest}`.trimEnd();
      const isOneLine = body.length + (rest === '' ? 0 : 1) === 1;
      if (isOneLine && soFar.endsWith('}') && isJson(soFar)) {
        lines.forgetRest();
        handOn(soFar);
      }
    },
  };
}

function handOnPart(value: unknown, sink: StreamSink): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return sink.malformed('a JSON object in a part, got something else');
  const { payload, errors } = value as { payload?: unknown; errors?: unknown };
  if ('payload' in value) {
    if (payload !== null) sink.event(payload);
    if (errors !== undefined && errors !== null) return sink.completed(errors);
    if (payload === null) sink.completed();
    return;
  }
  if ('data' in value || errors !== undefined) sink.event(value);
  else if (Object.keys(value).length === 0) sink.heartbeat();
  else sink.malformed('a part with a payload, got one without');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
