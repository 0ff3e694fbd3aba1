import { describe, expect, it } from '@jest/globals';
import { ownValue } from '../../../../gateway/execution/merge.ts';
import { parseResponse } from '../../../../gateway/subgraphs/parse-response.ts';

const codeOf = (text: string): unknown => {
  try {
    parseResponse(text, 'users');
    return 'parsed';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe("a subgraph's answer", () => {
  it('holds nothing under the names that JavaScript gives every object, when it is read by own values', () => {
    const { data = {} } = parseResponse('{"data":{"user":{"id":"1","toString":"own"}}}', 'users');

    const user = ownValue(data ?? {}, 'user') as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__')) {
      expect(ownValue(data ?? {}, name)).toBeUndefined();
      expect(ownValue(user, name)).toBe(name === 'toString' ? 'own' : undefined);
    }
  });

  it('keeps a key named __proto__ as a plain key and pollutes nothing', () => {
    const { data } = parseResponse('{"data":{"__proto__":{"polluted":true},"user":{"\\u005f_proto__":{"polluted":true}}}}', 'users');

    expect(Object.keys(data ?? {})).toEqual(['__proto__', 'user']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((data?.user as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('keeps code, path and locations of errors and leaves out what is neither', () => {
    const { errors } = parseResponse(
      '{"errors":[{"message":"no","path":["a",0],"locations":[{"line":1,"column":2}],"extensions":{"code":"X"}},{"message":7,"path":"a"},3]}',
      'users',
    );

    expect(JSON.parse(JSON.stringify(errors))).toEqual([
      { message: 'no', path: ['a', 0], locations: [{ line: 1, column: 2 }], extensions: { code: 'X' } },
      { message: 'the subgraph sent an error without a message' },
      { message: 'the subgraph sent an error that is not an object' },
    ]);
  });

  it.each(['', '<html>', '[]', 'null', '"text"', '{}', '{"data":[]}', '{"data":"x"}', '{"data":{},"errors":"no"}', '{"data":{}'])(
    'is malformed when it is %s',
    (text) => {
      expect(codeOf(text)).toBe('SUBGRAPH_MALFORMED');
    },
  );

  it('is malformed when it is nested deeper than any operation', () => {
    const deep = 100_000;

    expect(codeOf(`{"data":{"a":${'['.repeat(deep)}${']'.repeat(deep)}}}`)).toBe('SUBGRAPH_MALFORMED');
  });

  it('does not repeat its text in the message, which may go to clients', () => {
    expect(() => parseResponse('<html>secret</html>', 'users')).toThrow(/^subgraph users: expected JSON, got something else$/);
  });

  it('may have null data and empty errors', () => {
    expect(parseResponse('{"data":null,"errors":null}', 'users')).toEqual({ data: null });
  });
});
