import { describe, expect, it } from '@jest/globals';
import { toRepresentations } from '../../../../gateway/execution/representations.ts';
import type { EntityInputs, InputField, InputSelection } from '../../../../gateway/planning/executable-plan.ts';

const field = (key: string, ...nested: InputField[]): InputField => ({
  key,
  selection: nested.length > 0 ? { fields: nested, fragments: [] } : undefined,
});
const on = (types: string[], ...fields: InputField[]): InputSelection['fragments'][number] => ({
  types: new Set(types),
  selection: { fields, fragments: [] },
});
const inputs = (...fragments: InputSelection['fragments'][number][]): EntityInputs => ({
  selection: { fields: [], fragments },
  rewrites: [],
  contexts: [],
});

const user = inputs(on(['User'], field('__typename'), field('id')));

describe('the representations of entities', () => {
  it('hold what is required and nothing else', () => {
    expect(toRepresentations([{ __typename: 'User', id: '1', name: 'x' }], user).values).toEqual([{ __typename: 'User', id: '1' }]);
  });

  it('are sent once each, in the order of the first, and lead back to all objects', () => {
    const objects = ['1', '2', '1', '3', '2'].map((id) => ({ __typename: 'User', id, own: {} }));

    const { values, targets } = toRepresentations(objects, user);

    expect(values.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(targets.map((group) => group.map((object) => objects.indexOf(object as (typeof objects)[number])))).toEqual([
      [0, 2],
      [1, 4],
      [3],
    ]);
  });

  it('tell numbers and texts apart', () => {
    expect(
      toRepresentations(
        [
          { __typename: 'User', id: '1' },
          { __typename: 'User', id: 1 },
        ],
        user,
      ).values,
    ).toHaveLength(2);
  });

  it('leave out objects of other types', () => {
    expect(toRepresentations([{ __typename: 'Robot', id: '1' }, {}], user)).toEqual({ values: [], targets: [], incomplete: [] });
  });

  it('leave out objects of which an input is missing, and say so', () => {
    const broken = { __typename: 'User' };
    expect(toRepresentations([broken, { __typename: 'User', id: '1' }], user)).toMatchObject({
      values: [{ id: '1' }],
      incomplete: [broken],
    });
  });

  it('keep null inputs: null is an answer', () => {
    expect(toRepresentations([{ __typename: 'User', id: null }], user).values).toEqual([{ __typename: 'User', id: null }]);
  });

  it('copy nested inputs through lists, nulls included', () => {
    const nested = inputs(on(['User'], field('__typename'), field('pets', field('name'))));
    const object = { __typename: 'User', pets: [{ name: 'a', age: 1 }, null, [{ name: 'b' }]] };

    expect(toRepresentations([object], nested).values).toEqual([{ __typename: 'User', pets: [{ name: 'a' }, null, [{ name: 'b' }]] }]);
  });

  it('are not sent when something is missing deep inside', () => {
    const nested = inputs(on(['User'], field('__typename'), field('pets', field('name'))));

    expect(toRepresentations([{ __typename: 'User', pets: [{ age: 1 }] }], nested).values).toEqual([]);
  });

  it('join fragments that fit, and do without one that lacks an input', () => {
    const several = inputs(
      on(['User', 'Robot'], field('__typename'), field('id')),
      on(['User'], field('email')),
      on(['User'], field('phone')),
    );

    expect(toRepresentations([{ __typename: 'User', id: '1', email: 'e' }], several).values).toEqual([
      { __typename: 'User', id: '1', email: 'e' },
    ]);
  });

  it('are rewritten before they are compared', () => {
    const media: EntityInputs = {
      ...inputs(on(['Movie', 'Song'], field('__typename'), field('id'))),
      rewrites: [{ path: [], key: '__typename', change: { kind: 'set', value: 'Media' } }],
    };

    expect(
      toRepresentations(
        [
          { __typename: 'Movie', id: '1' },
          { __typename: 'Song', id: '1' },
        ],
        media,
      ).values,
    ).toEqual([{ __typename: 'Media', id: '1' }]);
  });

  it('find no inherited name', () => {
    const odd = inputs(on(['User'], field('__typename'), field('constructor')));

    expect(toRepresentations([{ __typename: 'User' }], odd).values).toEqual([]);
  });
});
