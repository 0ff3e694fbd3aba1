import { describe, expect, it } from '@jest/globals';
import { createMultipartReader } from '../../../../gateway/subgraphs/multipart-reader.ts';
import { createServerSentEventsReader } from '../../../../gateway/subgraphs/server-sent-events-reader.ts';
import type { StreamReader, StreamSink } from '../../../../gateway/subgraphs/stream-reader.ts';

type Create = (sink: StreamSink) => StreamReader;
const sse: Create = (sink) => createServerSentEventsReader(sink, 1_000);
const multipart: Create = (sink) => createMultipartReader(sink, 1_000, 'graphql');

/** What a reader makes of the pieces, one entry for each thing that it tells. */
function read(create: Create, pieces: readonly string[]): unknown[] {
  const told: unknown[] = [];
  const reader = create({
    event: (payload) => told.push(payload),
    heartbeat: () => told.push('heartbeat'),
    completed: (errors) => told.push(errors === undefined ? 'completed' : { completed: errors }),
    malformed: (expectation) => told.push(`malformed: ${expectation}`),
  });
  for (const piece of pieces) reader.push(piece);
  return told;
}

const part = (body: string): string => `\r\ncontent-type: application/json\r\n\r\n${body}\r\n--graphql`;

describe('server-sent events from a subgraph', () => {
  const text =
    ':\n\nevent: next\ndata: {"data":{"n":1}}\n\n:ping\n\nevent: next\ndata: {"data":\ndata: {"n":2}}\n\nevent: complete\ndata:\n\n';
  const expected = ['heartbeat', { data: { n: 1 } }, 'heartbeat', { data: { n: 2 } }, 'completed'];

  it('are understood in one piece', () => {
    expect(read(sse, [text])).toEqual(expected);
  });

  it('are understood in pieces of one character, with either line end', () => {
    expect(read(sse, [...text])).toEqual(expected);
    expect(read(sse, [...text.replaceAll('\n', '\r\n')])).toEqual(expected);
  });

  it('may have no space behind the colon, and fields that say nothing to us', () => {
    expect(read(sse, ['id:7\nretry:1\nevent:next\ndata:{"data":{"n":1}}\n\n'])).toEqual([{ data: { n: 1 } }]);
  });

  it('without a name are results, with an unknown name signs of life', () => {
    expect(read(sse, ['data: {"data":null}\n\nevent: ping\ndata: x\n\n'])).toEqual([{ data: null }, 'heartbeat']);
  });

  it('that are no JSON are malformed', () => {
    expect(read(sse, ['event: next\ndata: <html>\n\n'])).toEqual(['malformed: JSON in an event, got something else']);
  });

  it.each([
    ['one line', [`data: ${'x'.repeat(600)}`, 'x'.repeat(600)]],
    ['many lines', Array.from({ length: 20 }, () => `data: ${'x'.repeat(100)}\n`)],
  ])('that are too large are malformed before they end: %s', (_what, pieces) => {
    expect(read(sse, pieces)[0]).toBe('malformed: events of at most 1000 characters, got a larger one');
  });
});

describe('parts from a subgraph', () => {
  const body = `\r\n--graphql${part('{}')}${part('{"payload":{"data":{"n":1}}}')}${part('{\r\n "payload": {"data":\r\n{"n":2}}\r\n}')}--\r\n`;
  const expected = ['heartbeat', { data: { n: 1 } }, { data: { n: 2 } }, 'completed'];

  it('are understood in one piece, with either line end', () => {
    expect(read(multipart, [body])).toEqual(expected);
    expect(read(multipart, [body.replaceAll('\r\n', '\n')])).toEqual(expected);
  });

  it('are understood in pieces of one character', () => {
    expect(read(multipart, [...body])).toEqual(expected);
  });

  it('are handed on with their delimiter, also when its line goes on later', () => {
    expect(read(multipart, [`\r\n--graphql${part('{"payload":{"data":{"n":1}}}')}`])).toEqual([{ data: { n: 1 } }]);
  });

  it('are handed on at once by servers that write the delimiter with the next part', () => {
    const early = (n: number): string => `\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"n":${n}}}}`;
    const told: unknown[][] = [[early(1)], [early(1), early(2)], [early(1), early(2), '\r\n--graphql--']].map((pieces) =>
      read(multipart, pieces),
    );

    expect(told).toEqual([
      [{ data: { n: 1 } }],
      [{ data: { n: 1 } }, { data: { n: 2 } }],
      [{ data: { n: 1 } }, { data: { n: 2 } }, 'completed'],
    ]);
  });

  it('end the stream with errors beside an empty payload', () => {
    expect(read(multipart, [`\r\n--graphql${part('{"payload":null,"errors":[{"message":"no"}]}')}`])).toEqual([
      { completed: [{ message: 'no' }] },
    ]);
    expect(read(multipart, [`\r\n--graphql${part('{"payload":null}')}`])).toEqual(['completed']);
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[1]'],
    ['no payload', '{"x":1}'],
    ['two values', '{"payload":{"data":{}}}\r\n{"payload":{"data":{}}}'],
  ])('that hold something else are malformed: %s', (_what, content) => {
    expect(read(multipart, [`\r\n--graphql${part(content)}`]).at(-1)).toMatch(/^malformed/);
  });

  it('that are too large are malformed before they end', () => {
    expect(read(multipart, ['--graphql\r\n\r\n', ...Array.from({ length: 20 }, () => `${'x'.repeat(100)}\r\n`)])[0]).toMatch(
      /^malformed: parts of at most/,
    );
  });
});
