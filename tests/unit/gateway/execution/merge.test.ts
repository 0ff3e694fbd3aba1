import { describe, expect, it } from '@jest/globals';
import { mergeInto, ownValue, type Data } from '../../../../gateway/execution/merge.ts';

function merged(target: Data, source: Data): Data {
  mergeInto(target, source, (typeName) => typeName !== 'Media');
  return target;
}

describe('merging the answers of two fetches', () => {
  it('joins objects name by name, however deep', () => {
    expect(merged({ a: { b: { x: 1 } }, k: 1 }, { a: { b: { y: 2 }, c: 3 } })).toEqual({ a: { b: { x: 1, y: 2 }, c: 3 }, k: 1 });
  });

  it('joins lists of one length item by item, and lists of lists', () => {
    expect(merged({ l: [{ a: 1 }, [{ b: 1 }]] }, { l: [{ c: 2 }, [{ d: 2 }]] })).toEqual({ l: [{ a: 1, c: 2 }, [{ b: 1, d: 2 }]] });
  });

  it('takes the newer list when the lengths differ', () => {
    expect(merged({ l: [{ a: 1 }, { a: 2 }] }, { l: [{ b: 1 }] })).toEqual({ l: [{ b: 1 }] });
  });

  it('fills what was null, also in a list', () => {
    expect(merged({ a: null, l: [null, { x: 1 }] }, { a: { b: 1 }, l: [{ y: 1 }, { z: 1 }] })).toEqual({
      a: { b: 1 },
      l: [{ y: 1 }, { x: 1, z: 1 }],
    });
  });

  it('does not let null take away what is known', () => {
    expect(merged({ a: { b: 1 }, c: 'x', l: [1] }, { a: null, c: null, l: null })).toEqual({ a: { b: 1 }, c: 'x', l: [1] });
  });

  it("does not let an interface's name take the place of an object's own type", () => {
    expect(
      merged(
        { a: [{ __typename: 'Song' }, { __typename: 'Media' }, {}] },
        { a: [{ __typename: 'Media' }, { __typename: 'Song' }, { __typename: 'Media' }] },
      ),
    ).toEqual({
      a: [{ __typename: 'Song' }, { __typename: 'Song' }, { __typename: 'Media' }],
    });
  });

  it('keeps null where nothing is known', () => {
    expect(merged({}, { a: null })).toEqual({ a: null });
  });

  it.each([
    ['an object', 1, { b: 1 }],
    ['a number', { b: 1 }, 1],
    ['a list', { b: 1 }, [1]],
    ['an object over a list', [1], { b: 1 }],
  ])('takes the newer of two values of other kinds: %s', (_title, existing, incoming) => {
    expect(merged({ a: existing }, { a: incoming })).toEqual({ a: incoming });
  });

  it('keeps the identity of objects that are there: other fetches hold on to them', () => {
    const inner = { x: 1 };
    const target = { inner };

    expect(merged(target, { inner: { y: 2 } })['inner']).toBe(inner);
  });

  it('does nothing to an object that is merged with itself', () => {
    const target: Data = { a: [{ b: 1 }] };

    expect(merged(target, target)).toEqual({ a: [{ b: 1 }] });
  });

  it('never touches a prototype', () => {
    const source = JSON.parse(
      '{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":1}}}',
    ) as Data;
    const target = merged({ a: {} }, source);

    expect(({} as Data)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
    expect((target['a'] as Data)['polluted']).toBeUndefined();
    expect(Object.hasOwn(target, 'constructor')).toBe(true);
    expect(target['constructor']).toEqual({ prototype: { polluted: 1 } });
  });

  it('merges objects with and without a prototype', () => {
    const bare = Object.assign(Object.create(null) as Data, { constructor: { x: 1 }, toString: 'text' });

    expect(merged({ constructor: { y: 2 } } as unknown as Data, bare)).toEqual({ constructor: { y: 2, x: 1 }, toString: 'text' });
  });
});

describe('reading a name', () => {
  it('finds nothing that every object inherits', () => {
    expect(ownValue({}, 'constructor')).toBeUndefined();
    expect(ownValue({}, 'toString')).toBeUndefined();
    expect(ownValue({ constructor: 'Ltd' } as unknown as Data, 'constructor')).toBe('Ltd');
  });
});
