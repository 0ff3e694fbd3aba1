import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { findUnknownFields } from '../../../../gateway/execution/find-unknown-fields.ts';

const schema = buildSchema(`
  scalar JSON
  input Deep { name: String  deeper: Deep  list: [[Deep!]!]  any: JSON }
  type Query { deep(v: Deep!): Int }
`);
const many = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index}`, 1]));

function find(value: unknown, type = 'Deep!'): string | undefined {
  const [definition] = parse(`query ($v: ${type}) { deep(v: $v) }`).definitions as readonly OperationDefinitionNode[];
  return findUnknownFields(schema, definition?.variableDefinitions ?? [], { v: value }, 200);
}

describe('an object with more than a hundred fields that its input type does not have', () => {
  const message = 'Variable "$v" has more than 100 fields that the type "Deep" does not have, among them "d100".';

  it.each([
    ['at the top', many(101), 'Deep!'],
    ['below another', { name: 'a', deeper: { deeper: many(101) } }, 'Deep'],
    ['in lists', { list: [[{ name: 'a' }, many(101)]] }, 'Deep'],
    ['where a list of one is written as that one', many(101), '[[Deep]]'],
  ])('is found %s', (_where, value, type) => {
    expect(find(value, type)).toBe(message);
  });

  it.each([
    ['a hundred, which are told one by one', many(100)],
    ['a custom scalar, which may hold anything', { any: many(1_000) }],
    ['an object where a list of text is', { name: many(1_000) }],
    ['null', null],
    ['text', 'text'],
  ])('is not %s', (_what, value) => {
    expect(find(value)).toBeUndefined();
  });

  it('is looked for without recursion, and only so deep', () => {
    let value: unknown = many(101);
    for (let depth = 0; depth < 100_000; depth += 1) value = { deeper: value };

    expect(find(value)).toBeUndefined();
  });
});
