import { describe, expect, it } from '@jest/globals';
import { applyRewrites } from '../../../../gateway/execution/rewrites.ts';
import type { Rewrite } from '../../../../gateway/planning/executable-plan.ts';

const rename = (path: Rewrite['path'], key: string, to: string): Rewrite => ({ path, key, change: { kind: 'rename', to } });
const set = (path: Rewrite['path'], key: string, value: unknown): Rewrite => ({ path, key, change: { kind: 'set', value } });
const onType = (...types: string[]) => ({ kind: 'type' as const, types: new Set(types) });
const at = (key: string) => ({ kind: 'key' as const, key });

function rewritten<T>(data: T, ...rewrites: Rewrite[]): T {
  applyRewrites(rewrites, data);
  return JSON.parse(JSON.stringify(data)) as T;
}

describe('a rewrite', () => {
  it('gives a name back, also when the value is falsy', () => {
    expect(rewritten({ a__alias_0: 0, b: 1 }, rename([], 'a__alias_0', 'a'))).toEqual({ a: 0, b: 1 });
    expect(rewritten({ a__alias_0: false }, rename([], 'a__alias_0', 'a'))).toEqual({ a: false });
    expect(rewritten({ a__alias_0: null }, rename([], 'a__alias_0', 'a'))).toEqual({ a: null });
  });

  it('leaves objects alone that do not hold the name', () => {
    expect(rewritten({ b: 1 }, rename([], 'a__alias_0', 'a'))).toEqual({ b: 1 });
  });

  it('goes through lists of lists', () => {
    expect(rewritten({ l: [[{ x: 1 }], [{ x: 2 }, null]] }, rename([at('l')], 'x', 'y'))).toEqual({ l: [[{ y: 1 }], [{ y: 2 }, null]] });
  });

  it('sets a value on objects of a type only', () => {
    const data = [{ __typename: 'Movie' }, { __typename: 'User' }];
    expect(rewritten(data, set([onType('Movie', 'Song')], '__typename', 'Media'))).toEqual([
      { __typename: 'Media' },
      { __typename: 'User' },
    ]);
  });

  it('applies to an object that does not say its type', () => {
    expect(rewritten({ x: 1 }, rename([onType('A')], 'x', 'y'))).toEqual({ y: 1 });
  });

  it.each([[null], ['text'], [5], [{ a: null }], [{ a: 'text' }]])('does no harm to %j', (data) => {
    expect(rewritten(data, rename([at('a'), at('b')], 'c', 'd'))).toEqual(data);
  });
});
