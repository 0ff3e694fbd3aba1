import { Kind, buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { ErrorLog } from '../../../../gateway/execution/error-log.ts';
import type { Data } from '../../../../gateway/execution/merge.ts';
import { shapeResponse } from '../../../../gateway/execution/shape-response.ts';
import { toPlannableOperation } from '../../../../gateway/planning/plannable-operation.ts';
import { RootSelection } from '../../../../gateway/planning/compile-shape.ts';

const schema = buildSchema(`
  scalar Any
  enum Color { RED GREEN }
  interface Node { id: ID! }
  type Query { a: A strict: A! list: [A!] deep: [[A!]!] node: Node any: Any scalars: Scalars strictList: [Int!]! union: AB }
  type A implements Node { id: ID! name: String strict: String! a: A b: B! }
  type B implements Node { id: ID! color: Color! }
  union AB = A | B
  type Scalars { int: Int float: Float string: String boolean: Boolean id: ID color: Color any: Any }
`);

function shape(query: string, data: Data, options: { isTrue?: (variable: string) => boolean; errors?: ErrorLog } = {}) {
  const document = parse(query);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (!operation) throw new Error('no operation');
  const plannable = toPlannableOperation(document, operation, { fields: new Set(), fieldsWithArguments: new Set() });
  const errors = options.errors ?? new ErrorLog();
  const shaped = shapeResponse(new RootSelection(schema, plannable).select(options.isTrue ?? (() => false)), data, errors);
  return { data: shaped, errors: errors.errors.map(({ message, path }) => `${path?.join('.')}: ${message}`) };
}

describe('the answer holds', () => {
  it('what was selected, in that order, and nothing that the plan fetched besides', () => {
    const { data } = shape('{ a { name id } }', { extra: 1, a: { __typename: 'A', id: '1', name: 'n', more: 2 } });

    expect(JSON.stringify(data)).toBe('{"a":{"name":"n","id":"1"}}');
  });

  it('null for what is missing where null is allowed', () => {
    expect(shape('{ a { name } list { id } any }', { list: null })).toEqual({ data: { a: null, list: null, any: null }, errors: [] });
  });

  it('the fields of the object that is really there', () => {
    const query = '{ node { __typename id ... on A { name } ... on B { color } } union { ... on Node { id } ... on A { name } } }';

    expect(
      shape(query, { node: { __typename: 'B', id: '1', color: 'RED', name: 'not of B' }, union: { __typename: 'A', id: '2', name: 'x' } })
        .data,
    ).toEqual({
      node: { __typename: 'B', id: '1', color: 'RED' },
      union: { id: '2', name: 'x' },
    });
  });

  it('fields of an interface whose object does not say its type', () => {
    expect(
      shape('{ node { id ... on Node { b: id } ... on A @include(if: $no) { name } } }', { node: { id: '1', b: '1', name: 'x' } }),
    ).toEqual({
      data: { node: { id: '1', b: '1' } },
      errors: [],
    });
    expect(shape('{ node { id ... on A { name } } }', { node: { id: '1', name: 'x' } })).toEqual({
      data: { node: null },
      errors: ['node: A subgraph answered field Query.node with an object that does not tell which Node it is.'],
    });
  });

  it('names that every object has', () => {
    const { data } = shape('{ __proto__: a { constructor: id } toString: any }', {
      field__1: 0,
      proto__1: { constructor__1: '1' },
      toString__1: 't',
    });

    expect(JSON.stringify(data)).toBe('{"__proto__":{"constructor":"1"},"toString":"t"}');
  });

  it('selections under conditions, for each combination of variables', () => {
    const query =
      'query ($x: Boolean!, $y: Boolean!) { a { id @include(if: $x) ... @skip(if: $y) { name } a @include(if: $x) { id } a @skip(if: $y) { name } } }';
    const data = { a: { id: '1', name: 'n', a: { id: '2', name: 'm' } } };
    const given = (x: boolean, y: boolean) => shape(query, data, { isTrue: (variable) => (variable === 'x' ? x : y) }).data;

    expect(given(true, false)).toEqual({ a: { id: '1', name: 'n', a: { id: '2', name: 'm' } } });
    expect(given(false, false)).toEqual({ a: { name: 'n', a: { name: 'm' } } });
    expect(given(true, true)).toEqual({ a: { id: '1', a: { id: '2' } } });
    expect(given(false, true)).toEqual({ a: {} });
  });
});

describe('null goes up', () => {
  it('to the nearest place that may be null, with one error', () => {
    expect(shape('{ a { a { b { color } } name } }', { a: { name: 'n', a: { b: { color: null } } } })).toEqual({
      data: { a: { name: 'n', a: null } },
      errors: ['a.a.b.color: Cannot return null for non-nullable field B.color.'],
    });
  });

  it('through lists', () => {
    expect(
      shape('{ deep { id } list { id strict } }', { deep: [[{ id: '1' }, { id: null }]], list: [{ id: '1', strict: 's' }, { id: '2' }] }),
    ).toEqual({
      data: { deep: null, list: null },
      errors: [
        'deep.0.1.id: Cannot return null for non-nullable field A.id.',
        'list.1.strict: Cannot return null for non-nullable field A.strict.',
      ],
    });
  });

  it('to all data', () => {
    expect(shape('{ a { id } strict { id } }', { a: { id: '1' } })).toEqual({
      data: null,
      errors: ['strict: Cannot return null for non-nullable field Query.strict.'],
    });
  });

  it('from an item of a list', () => {
    expect(shape('{ strictList }', { strictList: [1, null] })).toEqual({
      data: null,
      errors: ['strictList.1: Cannot return null for non-nullable field Query.strictList.'],
    });
  });

  it("without a second error when a subgraph's error explains it", () => {
    const errors = new ErrorLog();
    errors.add({ message: 'cause' }, ['a', 'b', 'color']);

    expect(shape('{ a { b { color } } }', { a: { b: null } }, { errors })).toEqual({ data: { a: null }, errors: ['a.b.color: cause'] });
  });
});

describe('a value is checked against its type', () => {
  it.each([
    ['int', 1],
    ['int', -2147483648],
    ['float', 1.5],
    ['float', 2],
    ['string', ''],
    ['boolean', false],
    ['id', 'x'],
    ['color', 'GREEN'],
    ['any', { any: ['thing'] }],
    ['any', 0],
  ])('%s may be %j', (field, value) => {
    expect(shape(`{ scalars { ${field} } }`, { scalars: { [field]: value } })).toEqual({
      data: { scalars: { [field]: value } },
      errors: [],
    });
  });

  it('a number for an ID becomes text', () => {
    expect(shape('{ scalars { id } }', { scalars: { id: 5 } }).data).toEqual({ scalars: { id: '5' } });
  });

  it.each([
    ['int', '1'],
    ['int', 1.5],
    ['int', true],
    ['int', {}],
    ['int', []],
    ['float', '1'],
    ['string', 1],
    ['string', {}],
    ['string', ['x']],
    ['boolean', 'true'],
    ['boolean', 0],
    ['id', {}],
    ['id', 1.5],
    ['id', true],
    ['color', 'BLUE'],
    ['color', 1],
    ['color', 'constructor'],
  ])('%s may not be %j', (field, value) => {
    const { data, errors } = shape(`{ scalars { ${field} } }`, { scalars: { [field]: value } });

    expect(data).toEqual({ scalars: { [field]: null } });
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^scalars.${field}: A subgraph answered field Scalars.${field} with`))]);
  });

  it.each([
    ['a list', '{ list { id } }', { list: { id: '1' } }],
    ['an object', '{ a { id } }', { a: 'x' }],
    ['a list of lists', '{ deep { id } }', { deep: [{ id: '1' }] }],
    ['a known type', '{ node { id } }', { node: { __typename: 'Query', id: '1' } }],
    ['a member of the union', '{ union { __typename } }', { union: { __typename: 'Scalars' } }],
    ['a type at all', '{ union { __typename } }', { union: {} }],
  ])('%s may not be something else', (_title, query, data) => {
    const result = shape(query, data);

    expect(Object.values(result.data ?? {})).toEqual([null]);
    expect(result.errors).toHaveLength(1);
  });
});
