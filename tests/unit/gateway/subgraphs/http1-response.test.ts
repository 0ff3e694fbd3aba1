import { describe, expect, it } from '@jest/globals';
import { Http1Response } from '../../../../gateway/subgraphs/http1-response.ts';

const MAX_BYTES = 1_000;

/** Hands the text over in pieces of a length, always in the same memory, as a socket does. */
function read(text: string, pieceLength = text.length, response = new Http1Response(MAX_BYTES)) {
  const bytes = Buffer.from(text);
  const memory = Buffer.alloc(pieceLength);
  let isWhole = false;
  for (let at = 0; at < bytes.length; at += pieceLength) {
    const length = bytes.copy(memory, 0, at, at + pieceLength);
    isWhole = response.read(memory.subarray(0, length));
    memory.fill('#');
    if (isWhole) break;
  }
  return { isWhole, status: response.answer.status, text: response.answer.text, keepAlive: response.keepAlive, response };
}

const codeOf = (text: string): unknown => {
  try {
    return read(text).isWhole ? 'whole' : 'unfinished';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('an HTTP/1.1 answer is read the same however it is cut', () => {
  const answers = {
    'with a length': `${HEAD}Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{"data":"grün"}`.replace('14', '16'),
    chunked: `${HEAD}transfer-encoding: Chunked\r\n\r\n5;ext=1\r\n{"dat\r\nB\r\na":"grün"}\r\n0\r\nx-trailer: 1\r\n\r\n`,
    'after informational ones': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${HEAD}content-length: 16\r\n\r\n{"data":"grün"}`,
  };

  it.each(Object.entries(answers))('%s', (_how, text) => {
    for (let pieceLength = 1; pieceLength <= Buffer.byteLength(text); pieceLength += 1)
      expect(read(text, pieceLength)).toMatchObject({ isWhole: true, status: 200, text: '{"data":"grün"}', keepAlive: true });
  });

  it('that ends with its connection', () => {
    const { isWhole, response } = read(`${HEAD}content-type: application/json\r\n\r\n{"data":"grün"}`, 7);

    expect(isWhole).toBe(false);
    expect(response.end()).toBe(true);
    expect(response.answer).toEqual({ status: 200, text: '{"data":"grün"}' });
    expect(response.keepAlive).toBe(false);
  });
});

describe('the connection of an answer', () => {
  it.each([
    ['content-length: 0', true],
    ['content-length: 0\r\nconnection: close', false],
    ['content-length: 0\r\nConnection: keep-alive, Close', false],
    ['content-length: 0\r\nconnection: keep-alive\r\nkeep-alive: timeout=5, max=100', true],
  ])('with %j may be used again: %s', (headers, expected) => {
    expect(read(`${HEAD}${headers}\r\n\r\n`)).toMatchObject({ isWhole: true, text: '', keepAlive: expected });
  });

  it('of HTTP/1.0 is used again only when the server says so', () => {
    expect(read('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n').keepAlive).toBe(false);
    expect(read('HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n').keepAlive).toBe(true);
  });

  it('is not used again when it brought more than the answer', () => {
    expect(read(`${HEAD}content-length: 2\r\n\r\n{}HTTP/1.1 200 OK`)).toMatchObject({ text: '{}', keepAlive: false });
    expect(read(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nmore`)).toMatchObject({ text: '{}', keepAlive: false });
  });

  it('tells how long the server keeps it', () => {
    expect(read(`${HEAD}content-length: 0\r\nKeep-Alive: timeout=5, max=3\r\n\r\n`).response.keepAliveMs).toBe(5_000);
  });
});

describe('an answer is refused', () => {
  it.each([
    ['that is no HTTP', '<html>\r\n\r\n'],
    ['of another version', 'HTTP/2 200\r\n\r\n'],
    ['that changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
    ['with two lengths', `${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ['with a list of lengths', `${HEAD}content-length: 2, 2\r\n\r\n{}`],
    ['with a length that is no number', `${HEAD}content-length: +2\r\n\r\n{}`],
    ['with a length and chunks', `${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['in an encoding that is not known', `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['that says twice that it is chunked', `${HEAD}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['with a folded header', `${HEAD}x: 1\r\n content-length: 3\r\n\r\n`],
    ['with a space behind a header name', `${HEAD}content-length : 2\r\n\r\n{}`],
    ['with a lone line feed in a header', `${HEAD}x: 1\ncontent-length: 2\r\n\r\n{}`],
    ['with a NUL in a header', `${HEAD}x: \0\r\n\r\n`],
    ['with endless headers', `${HEAD}${'x: 1\r\n'.repeat(5_000)}`],
    ['with a chunk without a size', `${HEAD}transfer-encoding: chunked\r\n\r\n\r\n`],
    ['with a negative chunk', `${HEAD}transfer-encoding: chunked\r\n\r\n-1\r\n`],
    ['with a huge chunk', `${HEAD}transfer-encoding: chunked\r\n\r\n123456789\r\n`],
    ['with a chunk that is longer than its size', `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`],
    ['with an endless chunk size', `${HEAD}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(2_000)}`],
    ['with endless trailers', `${HEAD}transfer-encoding: chunked\r\n\r\n0\r\n${'x: 1\r\n'.repeat(20_000)}`],
  ])('%s', (_what, text) => {
    expect(codeOf(text)).toBe('malformed');
  });

  it.each([
    ['whose length says so', `${HEAD}content-length: 1001\r\n\r\n`],
    ['whose chunks say so', `${HEAD}transfer-encoding: chunked\r\n\r\n3E9\r\n${'x'.repeat(1_001)}\r\n`],
    ['that does not end', `${HEAD}\r\n${'x'.repeat(1_001)}`],
  ])('as too large: one %s', (_what, text) => {
    expect(codeOf(text)).toBe('too-large');
  });

  it('by nobody when it has no body whatever its headers say', () => {
    expect(read('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n')).toMatchObject({ isWhole: true, status: 204, text: '' });
  });

  it('when it ends before it is whole', () => {
    for (const text of ['HTTP/1.1 200', `${HEAD}content-length: 3\r\n\r\n{}`, `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`]) {
      const { isWhole, response } = read(text);
      expect(isWhole).toBe(false);
      expect(response.end()).toBe(false);
    }
  });
});
