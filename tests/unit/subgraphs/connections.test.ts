import { describe, expect, it } from '@jest/globals';
import { formatCursor, parseCursor, parsePageSize, toConnection } from '../../../subgraphs/connections.ts';

const isNumber = (key: readonly string[]): boolean => key.length === 1 && /^\d+$/.test(key[0] ?? '');
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('gives its key back', () => {
    const key = parseCursor(formatCursor({ kind: 'users', key: ['17'] }), 'users', isNumber);

    expect(key).toEqual(['17']);
  });

  it.each([
    ['no base64', '%%%'],
    ['nothing', ''],
    ['no JSON', Buffer.from('hello').toString('base64url')],
    ['no list', encode({ kind: 'users' })],
    ['a number where a text belongs', encode(['users', 17])],
    ['a key of another form', encode(['users', 'x'])],
    ['no key', encode(['users'])],
    ['too many parts', encode(['users', '1', '2'])],
    ['another list', formatCursor({ kind: 'payments', key: ['17'] })],
    ['an object method', encode(['constructor', '17'])],
    ['a long text', 'A'.repeat(10_000)],
    ['a standard base64 text', '+/=='],
    ['null', encode(null)],
  ])('is refused when it holds %s', (_what, text) => {
    expect(() => parseCursor(text, 'users', isNumber)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { field: 'after' } }),
    );
  });
});

describe('the size of a page', () => {
  it.each([
    [undefined, 20],
    [null, 20],
    [1, 1],
    [100, 100],
  ])('first: %s means %s', (first, expected) => {
    expect(parsePageSize(first)).toBe(expected);
  });

  it.each([0, -1, 101, 2_147_483_647])('first: %s is refused', (first) => {
    expect(() => parsePageSize(first)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', details: { field: 'first' } }));
  });
});

describe('a page', () => {
  const cursorOf = (row: number): { kind: string; key: string[] } => ({ kind: 'numbers', key: [String(row)] });

  it('knows from one row too many that there is a next page', () => {
    const page = toConnection([1, 2, 3], { size: 2, after: false, cursorOf });

    expect(page.nodes).toEqual([1, 2]);
    expect(page.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: page.edges[0]?.cursor,
      endCursor: page.edges[1]?.cursor,
    });
  });

  it('is empty behind the last row', () => {
    const page = toConnection([], { size: 2, after: true, cursorOf });

    expect(page.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });
});
