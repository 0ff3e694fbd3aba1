import { describe, expect, it } from '@jest/globals';
import { collectTargets, locateTargets } from '../../../../gateway/execution/targets.ts';
import type { PathStep } from '../../../../gateway/planning/executable-plan.ts';

const key = (name: string): PathStep => ({ kind: 'key', key: name });
const list: PathStep = { kind: 'list' };
const ofType = (...types: string[]): PathStep => ({ kind: 'type', types: new Set(types) });

describe('the objects at a path', () => {
  it('are the root for an empty path', () => {
    const root = { a: 1 };
    expect(collectTargets(root, [])).toEqual([root]);
  });

  it('are found through lists of lists, in order, without nulls', () => {
    const root = { grid: [[{ n: 1 }, null], null, [{ n: 2 }], []] };
    expect(collectTargets(root, [key('grid'), list, list])).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('are found when the path leaves out an inner list', () => {
    expect(collectTargets({ grid: [[{ n: { x: 1 } }]] }, [key('grid'), list, key('n')])).toEqual([{ x: 1 }]);
  });

  it('are only those of the types that the path asks for', () => {
    const root = { all: [{ __typename: 'A' }, { __typename: 'B' }, {}] };
    expect(collectTargets(root, [key('all'), list, ofType('A')])).toEqual([{ __typename: 'A' }]);
  });

  it.each([
    ['a text', { a: 'x' }],
    ['null', { a: null }],
    ['nothing', {}],
    ['a text in a list', { a: ['x', 5, true] }],
    ['a function that every object has', {}],
  ])('are none where the data is %s', (title, root) => {
    expect(
      collectTargets(root, title.startsWith('a function') ? [key('constructor'), key('prototype')] : [key('a'), list, key('b')]),
    ).toEqual([]);
  });
});

describe('the places of the objects at a path', () => {
  it('have indexes for lists, and the objects on the way', () => {
    const inner = { x: 1 };
    const root = { a: [[{ b: inner }], [null, { b: inner }]] };

    const located = locateTargets(root, [key('a'), list, list, key('b')]);

    expect(located.map(({ path }) => path)).toEqual([
      ['a', 0, 0, 'b'],
      ['a', 1, 1, 'b'],
    ]);
    expect(located.map(({ object }) => object)).toEqual([inner, inner]);
    expect(located[1]?.ancestors).toEqual([root, root.a[1]?.[1]]);
  });

  it('are those of the objects themselves, in the same order', () => {
    const root = {
      a: [
        { __typename: 'A', b: [{ n: 1 }, { n: 2 }] },
        { __typename: 'B', b: [{ n: 3 }] },
      ],
    };
    const path = [key('a'), list, ofType('A'), key('b'), list];

    expect(locateTargets(root, path).map(({ object }) => object)).toEqual(collectTargets(root, path));
  });
});
