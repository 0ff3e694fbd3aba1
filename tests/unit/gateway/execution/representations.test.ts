import { describe, expect, it } from '@jest/globals';
import type { Data } from '../../../../gateway/execution/merge.ts';
import { toRepresentations } from '../../../../gateway/execution/representations.ts';
import type { EntityInputs, InputField } from '../../../../gateway/planning/executable-plan.ts';

const isObjectType = (name: string): boolean => name !== 'Media';
const field = (key: string, ...nested: InputField[]): InputField => ({
  key,
  selection: nested.length > 0 ? { fields: nested, fragments: [], isObjectType } : undefined,
});
const inputs = (...fields: InputField[]): EntityInputs => ({
  conditions: ['User'],
  of: (type) =>
    type === 'User' || type === 'Admin'
      ? {
          fields: [field('__typename'), ...fields],
          onlyKey: fields.length === 1 && !fields[0]?.selection ? fields[0]?.key : undefined,
          keys: [[field('id')]],
        }
      : undefined,
  rewrites: [],
  contexts: [],
});
const user = inputs(field('id'));
const nothingFailed = (): boolean => false;
const represent = (
  objects: readonly Data[],
  wanted: EntityInputs = user,
  hasFailed: (object: Data, key: string) => boolean = nothingFailed,
) => toRepresentations(objects, wanted, hasFailed);

describe('the representations of entities', () => {
  it('hold what is required and nothing else', () => {
    expect(represent([{ __typename: 'User', id: '1', name: 'x' }]).values).toEqual([{ __typename: 'User', id: '1' }]);
  });

  it('are sent once each, in the order of the first, and lead back to all objects', () => {
    const objects = ['1', '2', '1', '3', '2'].map((id) => ({ __typename: 'User', id, own: {} }));

    const { values, targets } = represent(objects);

    expect(values.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(targets.map((group) => group.map((object) => objects.indexOf(object as (typeof objects)[number])))).toEqual([
      [0, 2],
      [1, 4],
      [3],
    ]);
  });

  it('are told apart by their type when they have the same key, in whatever order they come', () => {
    const objects = ['User', 'Admin', 'User', 'Admin', 'User'].map((type, index) => ({ __typename: type, id: index < 4 ? '1' : true }));

    const { values, targets } = represent(objects);

    expect(values).toEqual([
      { __typename: 'User', id: '1' },
      { __typename: 'Admin', id: '1' },
      { __typename: 'User', id: true },
    ]);
    expect(targets).toEqual([[objects[0], objects[2]], [objects[1], objects[3]], [objects[4]]]);
  });

  it('tell numbers and texts apart', () => {
    expect(
      represent([
        { __typename: 'User', id: '1' },
        { __typename: 'User', id: 1 },
      ]).values,
    ).toHaveLength(2);
  });

  it.each([
    [
      { a: '1', b: '2' },
      { a: '1"b"1"2', b: '' },
    ],
    [
      { a: null, b: 'x' },
      { a: 'null', b: 'x' },
    ],
    [
      { a: true, b: 'x' },
      { a: 'true', b: 'x' },
    ],
    [
      { a: ['1'], b: 'x' },
      { a: '1', b: 'x' },
    ],
    [
      { a: [], b: 'x' },
      { a: '[]', b: 'x' },
    ],
  ])('tell %j and %j apart', (one, other) => {
    const objects = [one, other, one].map((values) => ({ __typename: 'User', id: '1', ...values }));

    expect(represent(objects, inputs(field('id'), field('a'), field('b'))).values).toHaveLength(2);
  });

  it('leave out objects of other types, and those that do not say theirs', () => {
    expect(represent([{ __typename: 'Robot', id: '1' }, {}, { __typename: 5, id: '1' }])).toEqual({
      values: [],
      targets: [],
      incomplete: [],
    });
  });

  it('keep null inputs: null is an answer', () => {
    expect(represent([{ __typename: 'User', id: null }]).values).toEqual([{ __typename: 'User', id: null }]);
  });

  it('copy nested inputs through lists, nulls included', () => {
    const object = { __typename: 'User', id: '1', pets: [{ name: 'a', age: 1 }, null, [{ name: 'b' }]] };

    expect(represent([object], inputs(field('pets', field('name')))).values).toEqual([
      { __typename: 'User', pets: [{ name: 'a' }, null, [{ name: 'b' }]] },
    ]);
  });

  it('are rewritten before they are compared', () => {
    const rewritten: EntityInputs = { ...user, rewrites: [{ path: [], key: 'id', change: { kind: 'set', value: 'same' } }] };

    expect(
      represent(
        [
          { __typename: 'User', id: '1' },
          { __typename: 'User', id: '2' },
        ],
        rewritten,
      ).values,
    ).toEqual([{ __typename: 'User', id: 'same' }]);
  });

  it('find no inherited name', () => {
    expect(represent([{ __typename: 'User', id: '1' }], inputs(field('id'), field('constructor'))).values).toEqual([
      { __typename: 'User', id: '1' },
    ]);
  });
});

describe('an object that lacks an input', () => {
  const wanted = inputs(field('id'), field('email'));
  const lacking = { __typename: 'User', id: '1' };

  it('is left out when an error explains it: what is computed of half the inputs would be wrong', () => {
    expect(
      represent([lacking, { __typename: 'User', id: '2', email: 'e' }], wanted, (object, key) => object === lacking && key === 'email'),
    ).toMatchObject({
      values: [{ id: '2', email: 'e' }],
      incomplete: [lacking],
    });
  });

  it('is sent without it when there was no error: the plan did not fetch it for this type', () => {
    expect(represent([lacking], wanted)).toMatchObject({ values: [{ __typename: 'User', id: '1' }], incomplete: [] });
  });

  it('is left out when it lacks its key', () => {
    expect(represent([{ __typename: 'User', email: 'e' }], wanted)).toMatchObject({ values: [], incomplete: [{ email: 'e' }] });
  });

  it('may lack it deep inside', () => {
    const nested = inputs(field('id'), field('pets', field('name')));

    expect(represent([{ __typename: 'User', id: '1', pets: [{ age: 1 }] }], nested).values).toEqual([{ __typename: 'User', id: '1' }]);
  });

  describe('with an input of which only some types have fields', () => {
    const media: InputField = {
      key: 'media',
      selection: {
        fields: [field('id')],
        fragments: [{ types: new Set(['Film']), selection: { fields: [field('length')], fragments: [], isObjectType } }],
        isObjectType,
      },
    };
    const wanted = inputs(field('id'), media);
    const user = (inside: Data): Data => ({ __typename: 'User', id: '1', media: inside });

    it('say of which type it is, so that the subgraph knows what the fields are of', () => {
      const film = { __typename: 'Film', id: 'f', length: 90, own: true };

      expect(represent([user(film)], wanted).values).toEqual([user({ __typename: 'Film', id: 'f', length: 90 })]);
      expect(represent([user({ __typename: 'Book', id: 'b', length: 1 })], wanted).values).toEqual([user({ __typename: 'Book', id: 'b' })]);
    });

    it('hold what is there when a condition left a field inside out', () => {
      expect(represent([user({ __typename: 'Film', id: 'f' })], wanted).values).toEqual([user({ __typename: 'Film', id: 'f' })]);
    });

    it('are not sent when the fetch failed that would have told the type', () => {
      const { values, incomplete } = represent([user({ __typename: 'Media', id: 'f' })], wanted, () => true);

      expect(values).toEqual([]);
      expect(incomplete).toHaveLength(1);
    });
  });
});
