import { buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { coerceVariables } from '../../../../gateway/execution/coerce-variables.ts';

const schema = buildSchema(`
  type Query { item(filter: Filter): Int }
  input Filter { first: Int, kinds: [Int] }`);
const definitions =
  (parse('query ($filter: Filter) { item(filter: $filter) }').definitions[0] as OperationDefinitionNode).variableDefinitions ?? [];

function coerce(filter: unknown): { messages: readonly string[]; cpuMs: number } {
  const begun = process.cpuUsage();
  const coerced = coerceVariables(schema, definitions, { filter }, 200);
  const { user, system } = process.cpuUsage(begun);
  return { messages: 'errors' in coerced ? coerced.errors.map(({ message }) => message) : [], cpuMs: (user + system) / 1_000 };
}

describe('variables that do not fit', () => {
  it('are all told, each with what could have been meant', () => {
    const { messages } = coerce({ fist: 1, kinds: ['a', 'b'] });

    expect(messages).toHaveLength(3);
    expect(messages.join('\n')).toContain('Did you mean "first"?');
  });

  it('are told by the first and in short when there is very much of them, and cost little', () => {
    const long = 'x'.repeat(10_000);

    const { messages, cpuMs } = coerce(Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`unknown${index}`, long])));

    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^Variable "\$filter" got invalid value .* … .*is not defined by type "Filter"\.$/s);
    expect(messages[0]?.length).toBeLessThan(1_100);
    expect(cpuMs).toBeLessThan(2_000); // fifty messages with the whole value in each take far longer
  });

  it('are not even copied when an object has very many fields that nobody knows', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`unknown${index}`, index]));

    expect(coerce(many).messages).toEqual([
      'Variable "$filter" has more than 100 fields that the type "Filter" does not have, among them "unknown100".',
    ]);
  });
});

describe('an input object', () => {
  it('has nothing of what JavaScript objects have, whatever its fields are called', () => {
    const odd = buildSchema('type Query { item(v: Odd): Int } input Odd { constructor: String, toString: Int = 7, inner: [Odd] }');
    const [definition] = parse('query ($v: Odd) { item(v: $v) }').definitions as OperationDefinitionNode[];

    const coerced = coerceVariables(odd, definition?.variableDefinitions ?? [], { v: { inner: [{}, { constructor: 'x' }] } }, 200);

    expect(JSON.parse(JSON.stringify(coerced))).toEqual({
      values: { v: { toString: 7, inner: [{ toString: 7 }, { constructor: 'x', toString: 7 }] } },
    });
  });
});
