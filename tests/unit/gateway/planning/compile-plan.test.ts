import { Kind, buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { compilePlan } from '../../../../gateway/planning/compile-plan.ts';
import { UnreachableField } from '../../../../gateway/planning/unreachable-field.ts';
import { compilePath } from '../../../../gateway/planning/compile-fetch.ts';
import type { ExecutablePlan, SupergraphTypes } from '../../../../gateway/planning/executable-plan.ts';
import { toPlannableOperation } from '../../../../gateway/planning/plannable-operation.ts';
import type { PlannedNode } from '../../../../gateway/planning/planner.ts';

const schema = buildSchema('type Query { a: A b: Int } type A { id: ID! n: Int }');
const types: SupergraphTypes = {
  rootTypes: ['Query'],
  numberFields: new Set(),
  subtypesOf: (type) => (type === 'I' ? new Set(['I', 'A', 'B']) : undefined),
  isObjectType: () => true,
  interfaceObjectsOf: () => [],
  keysOf: () => [],
};

function compile(query: string, planned: PlannedNode | undefined): ExecutablePlan {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const plannable = toPlannableOperation(document, operation as OperationDefinitionNode, {
    fields: new Set(),
    fieldsWithArguments: new Set(),
  });
  return compilePlan(planned, plannable, operation, {
    schema,
    types,
    subgraphSchema: () => undefined,
    cursor: { argument: 'after', field: 'cursor' },
  });
}

const fetch = (operation: string, extra: object = {}): PlannedNode => ({ kind: 'Fetch', serviceName: 's', operation, ...extra });

describe('a plan', () => {
  it('that leaves out a root field is an error, not a null', () => {
    expect(() => compile('{ a { id } b }', fetch('{b}'))).toThrow(new UnreachableField('Query.a'));
    expect(() => compile('{ a { id } }', undefined)).toThrow(UnreachableField);
  });

  it('may leave out what is never included', () => {
    expect(compile('{ a @skip(if: true) { id } b @include(if: false) }', undefined).node).toBeUndefined();
  });

  it('may not leave out what a variable may include', () => {
    expect(() => compile('query ($x: Boolean!) { a @include(if: $x) { id } }', undefined)).toThrow(UnreachableField);
  });

  it('of the type name alone fetches nothing', () => {
    expect(compile('{ __typename }', undefined).node).toBeUndefined();
  });

  it('nests Flatten paths', () => {
    const inner: PlannedNode = { kind: 'Flatten', path: ['n'], node: fetch('{_entities}', { requires: [] }) };
    const plan = compile('{ a { id } }', {
      kind: 'Sequence',
      nodes: [fetch('{a{id}}'), { kind: 'Flatten', path: ['a', '@'], node: inner }],
    });

    expect(plan.node).toMatchObject({ nodes: [{ path: [] }, { path: [{ key: 'a' }, { kind: 'list' }, { key: 'n' }] }] });
  });

  it('with a node that is not known is refused when it is made, not when it runs', () => {
    expect(() => compile('{ b }', { kind: 'Defer' } as never)).toThrow('Defer');
  });
});

describe('a path', () => {
  it.each([
    [
      ['a', '@', 'b'],
      [{ kind: 'key', key: 'a' }, { kind: 'list' }, { kind: 'key', key: 'b' }],
    ],
    [
      ['... on I', 'b'],
      [
        { kind: 'type', types: new Set(['I', 'A', 'B']) },
        { kind: 'key', key: 'b' },
      ],
    ],
    [
      ['items', '@|[A,C]'],
      [{ kind: 'key', key: 'items' }, { kind: 'list' }, { kind: 'type', types: new Set(['A', 'C']) }],
    ],
    [
      ['item|[A]', 'b'],
      [
        { kind: 'key', key: 'item' },
        { kind: 'type', types: new Set(['A']) },
        { kind: 'key', key: 'b' },
      ],
    ],
  ])('%j is understood', (path, expected) => {
    expect(compilePath(path, types)).toEqual(expected);
  });
});
