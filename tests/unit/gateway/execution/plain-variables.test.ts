import { describe, expect, it } from '@jest/globals';
import { buildSchema, getVariableValues, parse, type OperationDefinitionNode } from 'graphql';
import { readPlainVariables } from '../../../../gateway/execution/plain-variables.ts';

const schema = buildSchema('enum Role { ADMIN MEMBER } input Filter { role: Role } scalar Any type Query { a(id: ID, float: Float): Int }');
const read = (definitions: string, variables: Record<string, unknown>) => {
  const [operation] = parse(`query (${definitions}) { a }`).definitions as OperationDefinitionNode[];
  const nodes = operation?.variableDefinitions ?? [];
  return { plain: readPlainVariables(schema, nodes, variables), coerced: getVariableValues(schema, nodes, variables) };
};

const SAMPLES = [
  null,
  'x',
  '',
  'ADMIN',
  'constructor',
  0,
  -1,
  1.5,
  2_147_483_647,
  -2_147_483_648,
  2_147_483_648,
  Number.NaN,
  Infinity,
  true,
  [],
  ['x'],
  {},
  undefined,
];

describe('variables that are taken as they came', () => {
  it.each(['ID', 'ID!', 'String', 'String!', 'Int', 'Int!', 'Float', 'Float!', 'Boolean', 'Boolean!', 'Role', 'Role!'])(
    'of type %s are those that coercion leaves as they are',
    (type) => {
      for (const value of SAMPLES) {
        const { plain, coerced } = read(`$v: ${type}`, { v: value });
        if (plain) expect(coerced).toEqual({ coerced: plain });
      }
      const absent = read(`$v: ${type}`, {});
      if (absent.plain) expect(absent.coerced).toEqual({ coerced: absent.plain });
    },
  );

  it('are most of them', () => {
    expect(read('$id: ID!, $role: Role, $first: Int', { id: '1', role: 'ADMIN', more: 1 }).plain).toEqual({ id: '1', role: 'ADMIN' });
  });

  it.each([
    ['$v: Int = 1', { v: 2 }],
    ['$v: [Int]', { v: [2] }],
    ['$v: Filter', { v: {} }],
    ['$v: Any', { v: 1 }],
    ['$v: ID', { v: 1 }],
    ['$__proto__: ID', { v: '1' }],
  ])('are not those of %s', (definitions, variables) => {
    expect(read(definitions, variables).plain).toBeUndefined();
  });
});
