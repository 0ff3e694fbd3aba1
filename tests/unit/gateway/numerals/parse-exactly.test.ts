import { describe, expect, it } from '@jest/globals';
import { createSeededRandom } from '../../../../gateway/testing/seeded-random.ts';
import { isHiddenNumeral, toJson, toPlainNumbers } from '../../../../gateway/numerals/hidden-numerals.ts';
import { parseExactly } from '../../../../gateway/numerals/parse-exactly.ts';

const CHANGED = ['12345678901234567890', '1.0', '0.1000', '1e2', '1E400', '-0', '-0.0', '0.0000001', '9007199254740993', '1e-400', '10.50'];
const KEPT = ['0', '1', '-1', '4.5', '-0.5', '9007199254740991', '0.1', '123456.789'];

const read = (text: string, parse: (text: string) => unknown): unknown => {
  try {
    return { value: parse(text) };
  } catch (error) {
    return (error as Error).message;
  }
};

describe('numerals that JavaScript would change', () => {
  it.each(CHANGED)('%s comes through as it was written, wherever a value may stand', (numeral) => {
    for (const text of [`{"a":${numeral}}`, `[${numeral},{"b":[${numeral}]}]`, `{"a":{"b":${numeral},"c":"${numeral}"}}`]) {
      expect(toJson(parseExactly(text) as object)).toBe(text);
      expect(toPlainNumbers(parseExactly(text))).toEqual(JSON.parse(text));
    }
    expect(isHiddenNumeral((parseExactly(`{"a": ${numeral} }`) as { a: unknown }).a)).toBe(true);
  });

  it.each(KEPT)('%s is a number as ever', (numeral) => {
    expect(parseExactly(`[${numeral},1.0]`)).toEqual([Number(numeral), expect.any(String)]);
  });

  it('are left alone in strings and names, with every escape', () => {
    const text = String.raw`{"1.0":"1.0","a":"\"1.0,","b":"\\","c":1.0,"d":"\\\"[1e5]","1e2":[" 1.0 "]}`;

    expect(toJson(parseExactly(text) as object)).toBe(text);
    expect(toPlainNumbers(parseExactly(text))).toEqual(JSON.parse(text));
  });

  it('become numbers 100,000 levels deep, and what has none stays the same', () => {
    const nest = (inner: string): unknown => parseExactly(`${'[{"a":'.repeat(50_000)}${inner}${'}]'.repeat(50_000)}`);
    const innermost = (value: unknown): unknown => {
      let at = value;
      while (typeof at === 'object') at = Object.values(at as object)[0];
      return at;
    };
    const [deep, without] = [nest('1.0'), nest('"a"')];

    expect(innermost(toPlainNumbers(deep))).toBe(1);
    expect(isHiddenNumeral(innermost(deep))).toBe(true);
    expect(toPlainNumbers(without)).toBe(without);
  });

  it('cannot reach a prototype', () => {
    const value = toPlainNumbers(parseExactly('{"__proto__":{"a":1.0},"constructor":1e2}')) as object;

    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it.each([
    '{1.0:2}',
    '[01.0]',
    '[1.]',
    '[.50]',
    '[1.0',
    '[1.0.0]',
    '[1e]',
    '[-]',
    '[--1.0]',
    '[1.0"a"]',
    '["a"1.0]',
    '{"a":1.0 2}',
    '[1.0}',
    '1.0e',
    '[+1.0]',
    '[1.0\u00a0]',
  ])('%s is no JSON, as without them', (text) => {
    expect(read(text, parseExactly)).toBe(read(text, JSON.parse));
    expect(typeof read(text, parseExactly)).toBe('string');
  });

  it('take and refuse what JSON.parse takes and refuses, in 4,000 texts, half of them damaged', () => {
    const { between, pick } = createSeededRandom(20);
    const scalar = (): string => pick([...CHANGED, ...KEPT, 'true', 'null', '"x"', String.raw`"\"1.0\\"`, '""', '"12345678901234567890"']);
    const value = (depth: number): string => {
      const kind = depth === 0 ? 0 : between(0, 2);
      const count = between(0, 3);
      if (kind === 1) return `[${Array.from({ length: count }, () => value(depth - 1)).join(pick([',', ' , ', '\n,']))}]`;
      if (kind === 2)
        return `{${Array.from({ length: count }, (_, index) => `"k${index}":${pick(['', ' '])}${value(depth - 1)}`).join(',')}}`;
      return scalar();
    };
    let refused = 0;
    for (let count = 0; count < 4_000; count += 1) {
      let text = value(4);
      if (count % 2 === 1) {
        const at = between(0, text.length);
        text = text.slice(0, at) + pick(['', '0', '.', '-', '"', ',', ':', 'e', '1.0', '\\', ' ']) + text.slice(at + between(0, 1));
      }
      const expected = read(text, JSON.parse);
      const actual = read(text, parseExactly);
      if (typeof expected === 'string') {
        refused += 1;
        expect(actual).toBe(expected);
      } else expect(toPlainNumbers(actual)).toEqual(expected);
    }
    expect(refused).toBeGreaterThan(500);
  });

  it('cost no more than the text is long, whatever it is made of', () => {
    for (const text of [`[1.0,"${'\\\\'.repeat(500_000)}"]`, `[${'1.0,'.repeat(200_000)}1]`, `[1.0,${'"\\"",'.repeat(200_000)}1]`]) {
      const before = process.cpuUsage();
      parseExactly(text);
      const { user } = process.cpuUsage(before);
      expect(user / 1_000).toBeLessThan(2_000);
    }
  });
});

it('text that is no JSON is refused in a time that grows with its length only', () => {
  const before = process.cpuUsage();

  expect(() => parseExactly(`{"a":${'1'.repeat(100_000)}x}`)).toThrow(SyntaxError);

  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000); // each digit looked at by each one before it took ten seconds and more
});
