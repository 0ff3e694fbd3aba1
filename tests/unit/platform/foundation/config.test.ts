import { describe, expect, it } from '@jest/globals';
import { flag, integer, oneOf, port, readAll, readVariables, text, url, urls } from '../../../../platform/foundation/config.ts';
import { ConfigError } from '../../../../platform/foundation/errors.ts';

const variables = {
  SHOP_PORT: { schema: port, description: 'where it listens', default: '4001' },
  SHOP_DATABASE_URL: { schema: url('postgres', 'postgresql'), description: 'its database', default: undefined, secret: true },
  SHOP_OPEN: { schema: flag, description: 'whether it is open', default: 'true' },
} as const;

const DATABASE = 'postgres://me:secret@here/shop';

describe('reading variables', () => {
  it('gives their values, and the defaults of those that are not set or empty', () => {
    const values = readVariables({ SHOP_DATABASE_URL: DATABASE, SHOP_PORT: '' }, variables);

    expect(values).toEqual({ SHOP_PORT: 4001, SHOP_DATABASE_URL: DATABASE, SHOP_OPEN: true });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it('tells of every problem at once: what is missing, what is wrong, what is a typo', () => {
    const problems = problemsOf(() =>
      readVariables({ SHOP_PORT: '99999', SHOP_OPEN: 'yes', SHOP_PROT: '1', OTHER: 'x' }, variables, ['SHOP_']),
    );

    expect(problems).toEqual([
      'SHOP_PROT is not a variable that exists; known are SHOP_PORT, SHOP_DATABASE_URL, SHOP_OPEN',
      'SHOP_PORT=99999 must be a whole number from 0 to 65535',
      'SHOP_DATABASE_URL is not set: its database',
      'SHOP_OPEN=yes must be one of true, false',
    ]);
  });

  it('never prints a secret', () => {
    const [problem] = problemsOf(() => readVariables({ SHOP_DATABASE_URL: 'mysql://me:secret@here' }, variables));

    expect(problem).toBe('SHOP_DATABASE_URL=*** must be a URL that starts with postgres:// or postgresql://');
  });

  it('has a code', () => {
    expect(() => readVariables({}, variables)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', retryable: false }));
  });
});

describe('running several readers', () => {
  it('gives the results of all', () => {
    expect(
      readAll(
        () => 1,
        () => 'two',
      ),
    ).toEqual([1, 'two']);
  });

  it('tells of the problems of all, and of a common one once', () => {
    const refuse = (...problems: string[]): (() => never) => {
      return () => {
        throw new ConfigError(problems);
      };
    };

    expect(problemsOf(() => readAll(refuse('a', 'b'), () => 1, refuse('b', 'c')))).toEqual(['a', 'b', 'c']);
  });

  it('lets a bug through', () => {
    expect(() =>
      readAll(() => {
        throw new TypeError('a bug');
      }),
    ).toThrow(TypeError);
  });
});

describe('a value', () => {
  it.each([
    ['0', 0],
    ['-5', -5],
    ['10', 10],
  ])('that is a whole number, %s, is taken', (written, value) => {
    expect(integer(-5, 10).parse(written)).toBe(value);
  });

  it.each(['11', '-6', '', ' 1', '1 ', '1.0', '1e1', '0x1', '+1', '١', 'NaN', '9007199254740993'])(
    'that is no whole number from -5 to 10, %p, is refused',
    (written) => {
      expect(integer(-5, 10).safeParse(written).success).toBe(false);
    },
  );

  it.each(['postgres://h/d', 'POSTGRES://u:p@h:1/d?x=y', 'postgres://'])('that is a URL with the protocol, %s, is taken', (written) => {
    expect(url('postgres').parse(written)).toBe(written);
  });

  it.each(['postgres:h', 'http://h', 'h:5432', '', '//h', 'postgres://h:99999/d'])('that is no such URL, %p, is refused', (written) => {
    expect(url('postgres').safeParse(written).success).toBe(false);
  });

  it('may be several URLs with commas and spaces between them, all of which must be good', () => {
    expect(urls('amqp').parse('amqp://a, amqp://b')).toEqual(['amqp://a', 'amqp://b']);
    expect(urls('amqp').safeParse('amqp://a,').success).toBe(false);
    expect(urls('amqp').safeParse('amqp://a,http://b').success).toBe(false);
  });

  it('may be one of some words, or any that is not blank', () => {
    expect(oneOf('json', 'text').parse('text')).toBe('text');
    expect(oneOf('json', 'text').safeParse('TEXT').success).toBe(false);
    expect(text.safeParse(' \t').success).toBe(false);
  });
});

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('nothing was refused');
}
