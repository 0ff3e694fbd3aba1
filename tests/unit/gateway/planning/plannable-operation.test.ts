import { Kind, parse, print, stripIgnoredCharacters, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { toPlannableOperation } from '../../../../gateway/planning/plannable-operation.ts';

function plannable(query: string, inputs: { fields?: string[]; fieldsWithArguments?: string[] } = {}) {
  const document = parse(query);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (!operation) throw new Error('no operation');
  const result = toPlannableOperation(document, operation, {
    fields: new Set(inputs.fields),
    fieldsWithArguments: new Set(inputs.fieldsWithArguments),
  });
  return {
    text: stripIgnoredCharacters(print(result.operation)),
    names: Object.fromEntries(result.names.responseNames),
    variables: Object.fromEntries(result.names.variables),
  };
}

describe('an operation is made plannable by', () => {
  it('leaving it as it is when nothing is wrong', () => {
    const query = 'query A($x:Int=1)@d{a(b:$x){c d:e ...on T@include(if:$x){f}}}';

    expect(plannable(query)).toEqual({ text: query, names: {}, variables: {} });
  });

  it('writing out fragments with their conditions, in their place', () => {
    expect(plannable('{ a ...F @skip(if: $x) b } fragment F on Q { c ...G } fragment G on Q { d }').text).toBe(
      '{a ...on Q@skip(if:$x){c ...on Q{d}}b}',
    );
  });

  it('settling literal conditions', () => {
    expect(
      plannable(
        '{ a @include(if: true) b @skip(if: true) ... on Q @skip(if: true) { c } ...F @include(if: false) d @skip(if: $x) @include(if: true) } fragment F on Q { e }',
      ).text,
    ).toBe('{a d@skip(if:$x)}');
  });

  it('keeping an object of which nothing is selected', () => {
    expect(plannable('{ a { b @skip(if: true) ... { c @include(if: false) } } }').text).toBe('{a{__typename}}');
    expect(plannable('{ a { b @skip(if: $x) ... @skip(if: $y) { c } ... { d @include(if: $y) } } }').text).toContain('__typename');
    expect(plannable('{ a { b @skip(if: $x) ... { c } } d @skip(if: $x) }').text).not.toContain('__typename');
  });

  it('renaming what every object has', () => {
    expect(plannable('{ __proto__: a constructor toString: b { valueOf } }')).toMatchObject({
      text: '{proto__1:a constructor__1:constructor toString__1:b{valueOf__1:valueOf}}',
      names: { proto__1: '__proto__', constructor__1: 'constructor', toString__1: 'toString', valueOf__1: 'valueOf' },
    });
  });

  it('renaming another field that is called __typename', () => {
    expect(plannable('{ a { __typename: b c: __typename } }').text).toBe('{a{typename__1:b c:__typename}}');
  });

  it('renaming one of two fields that differ in their arguments below different types', () => {
    expect(plannable('{ a { ... on X { f(n: 1) { g } } ... on Y { f(n: 2) { g } } ... on Z { f(n: 1) { h } } } }')).toMatchObject({
      text: '{a{...on X{f(n:1){g}}...on Y{f__1:f(n:2){g}}...on Z{f(n:1){h}}}}',
      names: { f__1: 'f' },
    });
  });

  it('also when only what is below differs', () => {
    expect(plannable('{ a { ... on X { f { g(n: 1) } } ... on Y { f { g(n: 2) } } } }').text).toBe(
      '{a{...on X{f{g(n:1)}}...on Y{f{g__1:g(n:2)}}}}',
    );
  });

  it('not taking the order of arguments for a difference', () => {
    expect(plannable('{ a { ... on X { f(n: 1, m: 2) } ... on Y { f(m: 2, n: 1) } } }').names).toEqual({});
  });

  it('renaming aliases that are called like a key', () => {
    expect(plannable('{ a { id: name upc other: id } }', { fields: ['id', 'upc'] })).toMatchObject({
      text: '{a{id__1:name upc other:id}}',
      names: { id__1: 'id' },
    });
  });

  it('renaming fields with arguments that a @requires selects too', () => {
    expect(plannable('{ a { price(c: 1) } b { price } }', { fields: ['price'] }).text).toBe('{a{price__1:price(c:1)}b{price}}');
    expect(plannable('{ b { price } }', { fields: ['price'], fieldsWithArguments: ['price'] }).text).toBe('{b{price__1:price}}');
  });

  it('choosing names that nobody uses', () => {
    expect(plannable('{ id__1: a id: b }', { fields: ['id'] }).text).toBe('{id__1:a id__2:b}');
  });

  it('renaming variables that planners take for their own', () => {
    expect(
      plannable(
        'query ($representations: [Int], $client_representations: Int, $__proto__: Int) { a(b: $representations, c: [{ d: $__proto__ }], e: $client_representations) }',
      ),
    ).toMatchObject({
      text: 'query($client_representations_:[Int]$client_representations:Int$client_proto:Int){a(b:$client_representations_ c:[{d:$client_proto}]e:$client_representations)}',
      variables: { client_representations_: 'representations', client_proto: '__proto__' },
    });
  });
});
