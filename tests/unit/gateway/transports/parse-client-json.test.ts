import { describe, expect, it } from '@jest/globals';
import { parseClientJson } from '../../../../gateway/transports/parse-client-json.ts';

const tooDeep = expect.objectContaining({ code: 'BAD_REQUEST', message: 'expected JSON with at most 1000 levels of nesting, got more' });
const thrownBy = (text: string): unknown => {
  try {
    return parseClientJson(text);
  } catch (error) {
    return error;
  }
};

describe('a long text from a client', () => {
  it.each([
    ['lists that do not end', '['.repeat(1_000_000)],
    ['lists that do', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('is refused before it is parsed when it is mostly %s', (_what, text) => {
    expect(thrownBy(text)).toEqual(tooDeep);
  });

  it('may be long in any other way', () => {
    const value = { text: '['.repeat(60_000), quoted: '"[\\'.repeat(2_000), list: Array.from({ length: 20_000 }, () => [[{}]]) };

    expect(parseClientJson(JSON.stringify(value))).toEqual(value);
  });
});
