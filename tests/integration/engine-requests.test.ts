import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseExactly } from '../../gateway/numerals/parse-exactly.ts';
import { createFederatedGraph, type FederatedGraph } from '../support/federated-graph.ts';
import { shop } from '../support/fixtures/shop.ts';

let graph: FederatedGraph;
beforeAll(() => {
  parseExactly('[1.0]'); // from the first numeral that is to be kept, the gateway looks for such everywhere
  graph = createFederatedGraph(shop.subgraphs);
});

function refusalOf(query: string, operationName?: string): { stage: string; code: unknown; message: string } | undefined {
  const prepared = graph.engine.prepare({ query, operationName });
  if (!('refusal' in prepared)) return undefined;
  const [error] = prepared.refusal.errors;
  return { stage: prepared.refusal.stage, code: error?.extensions?.['code'], message: error?.message ?? '' };
}

describe('a document is refused', () => {
  it.each([
    ['empty', '', 'parse', 'GRAPHQL_PARSE_FAILED'],
    ['not GraphQL', '{ me { id ', 'parse', 'GRAPHQL_PARSE_FAILED'],
    ['beginning with a NUL', '\0{ me { id } }', 'parse', 'GRAPHQL_PARSE_FAILED'],
    ['of an unknown field', '{ nobody }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    ['with a hidden field', '{ me { secret } }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    ['with an undefined variable', '{ user(id: $id) { id } }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with fragments in a circle',
      '{ me { ...A } } fragment A on User { friends { ...B } } fragment B on User { friends { ...A } }',
      'validate',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['with an unknown directive', '{ me @nope { id } }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    ['without an operation', 'fragment A on User { id }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    ['with a kind of operation that the schema lacks', 'subscription { anything }', 'validate', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'of several operations without a name',
      'query A { me { id } } query B { me { id } }',
      'select-operation',
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('%s', (_title, query, stage, code) => {
    expect(refusalOf(query)).toMatchObject({ stage, code });
  });

  it('when the named operation is not there', () => {
    expect(refusalOf('query A { me { id } }', 'B')).toEqual({
      stage: 'select-operation',
      code: 'OPERATION_RESOLUTION_FAILURE',
      message: 'Unknown operation named "B".',
    });
  });

  it('with @stream, saying that it is not supported', () => {
    expect(refusalOf('{ users @stream { id } }')).toEqual({
      stage: 'validate',
      code: 'GRAPHQL_VALIDATION_FAILED',
      message: 'Incremental delivery of lists is not supported: remove @stream.',
    });
  });

  it.each([
    ['selections', `${'{ me '.repeat(100_000)}`],
    ['selections that are closed', `${'{ a '.repeat(100_000)}${'}'.repeat(100_000)}`],
    ['lists', `{ echo(value: ${'['.repeat(100_000)}${']'.repeat(100_000)}) }`],
    ['objects', `{ echo(value: ${'{a:'.repeat(100_000)}1${'}'.repeat(100_000)}) }`],
    ['parentheses', '('.repeat(100_000)],
  ])('100,000 levels deep in %s, at once', (_title, query) => {
    const before = process.cpuUsage();

    expect(refusalOf(query)).toMatchObject({ stage: 'parse', code: 'GRAPHQL_PARSE_FAILED' });

    expect(process.cpuUsage(before).user / 1000).toBeLessThan(200);
  });

  it('not when brackets stand in strings and comments', () => {
    const brackets = '{['.repeat(1_000);

    expect(refusalOf(`{ echo(value: "${brackets} \\"") # ${brackets}\n a: echo(value: """${brackets} \\""" " """) }`)).toBeUndefined();
  });

  it('with too many tokens', () => {
    const query = `{ ${Array.from({ length: 10_000 }, (_, index) => `a${index}: broken`).join(' ')} }`;

    expect(refusalOf(query)).toMatchObject({ stage: 'parse', code: 'GRAPHQL_PARSE_FAILED', message: expect.stringContaining('15000') });
  });

  it('deep through fragments', () => {
    const chain = Array.from({ length: 300 }, (_, index) => `fragment F${index} on User { friends { ...F${index + 1} } }`).join(' ');

    expect(refusalOf(`{ me { ...F0 } } ${chain} fragment F300 on User { id }`)).toMatchObject({
      stage: 'validate',
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });

  it('huge through fragments', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, index) => `fragment F${index} on User { a: friends { ...F${index + 1} } b: friends { ...F${index + 1} } }`,
    ).join(' ');

    expect(refusalOf(`{ me { ...F0 } } ${bomb} fragment F30 on User { id }`)).toMatchObject({
      stage: 'validate',
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });

  it('with introspection when that is switched off', async () => {
    const closed = createFederatedGraph(shop.subgraphs, { introspection: false });

    const { errors } = await closed.run({ query: '{ __schema { types { name } } }' });

    expect(errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(await closed.run({ query: '{ me { __typename } }' })).toEqual({ data: { me: { __typename: 'User' } } });
  });

  it('with at most as many errors as help', () => {
    const prepared = graph.engine.prepare({ query: `{ ${Array.from({ length: 500 }, (_, index) => `nobody${index}`).join(' ')} }` });

    expect('refusal' in prepared && prepared.refusal.errors.length).toBeLessThanOrEqual(51);
  });

  it('with locations that point at the mistake', () => {
    const prepared = graph.engine.prepare({ query: '{\n  me { nope }\n}' });

    expect('refusal' in prepared && prepared.refusal.errors[0]?.locations).toEqual([{ line: 2, column: 8 }]);
  });
});

describe('variables are refused with BAD_USER_INPUT and no data when', () => {
  const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;

  it.each([
    ['a required one is missing', 'query ($id: ID!) { user(id: $id) { id } }', undefined],
    ['a required one is null', 'query ($id: ID!) { user(id: $id) { id } }', { id: null }],
    ['a type does not fit', 'query ($n: Int) { topProducts(first: $n) { upc } }', { n: 'many' }],
    ['a number is too large for an Int', 'query ($n: Int) { topProducts(first: $n) { upc } }', { n: 2 ** 40 }],
    ['an input object has an unknown field', 'query ($f: Filter) { products(filter: $f) { upc } }', { f: { nope: 1 } }],
    [
      'an input object has __proto__',
      'query ($f: Filter) { products(filter: $f) { upc } }',
      { f: JSON.parse('{"__proto__":{"category":"HOME"}}') as unknown },
    ],
    ['an enum value does not exist', 'query ($f: Filter) { products(filter: $f) { upc } }', { f: { category: 'CAR' } }],
    ['an item of a list does not fit', 'query ($l: [Int!]) { echo(list: $l) }', { l: [1, null] }],
    ['they are 100,000 levels deep in a scalar', 'query ($v: JSON) { echo(value: $v) }', { v: deep(100_000) }],
    [
      'they are 100,000 levels deep in an input object',
      'query ($f: Filter) { products(filter: $f) { upc } }',
      { f: { nested: deep(100_000) } },
    ],
  ])('%s', async (_title, query, variables) => {
    const result = await graph.run({ query, variables: variables as Record<string, unknown> });

    expect(result).not.toHaveProperty('data');
    expect(result.errors?.length).toBeGreaterThan(0);
    for (const error of result.errors ?? []) expect(error.extensions?.['code']).toBe('BAD_USER_INPUT');
  });
});

describe('an operation', () => {
  it('is prepared once for each text and name', () => {
    const query = 'query A { me { id } } query B { me { username } }';
    const first = graph.engine.prepare({ query, operationName: 'A' });

    expect(graph.engine.prepare({ query, operationName: 'A' })).toBe(first);
    expect(graph.engine.prepare({ query, operationName: 'B' })).not.toBe(first);
  });

  it('needs no name when there is only one: an empty name is none', async () => {
    expect(await graph.run({ query: 'query A { me { id } }', operationName: '' })).toEqual({ data: { me: { id: '1' } } });
  });

  it('tells its kind and name', () => {
    expect(graph.engine.prepare({ query: 'mutation Go { touch }' })).toMatchObject({
      operation: { kind: 'mutation', operationName: 'Go' },
    });
  });

  it('gives the same answer however many run at once', async () => {
    const request = { query: 'query ($id: ID!) { user(id: $id) { id reviews { product { upc reviews { author { username } } } } } }' };
    const alone = await Promise.all(['1', '2', '3'].map((id) => graph.run({ ...request, variables: { id } })));

    const together = await Promise.all(
      Array.from({ length: 60 }, (_, index) => graph.run({ ...request, variables: { id: String((index % 3) + 1) } })),
    );

    for (const [index, answer] of together.entries()) expect(answer).toEqual(alone[index % 3]);
  });

  it('whose answer grows beyond any memory is refused, and costs no memory', async () => {
    const circle = `{ me ${'{ reviews { author { friends '.repeat(14)}{ id }${'} } }'.repeat(14)} }`;

    expect(await graph.run({ query: circle })).toEqual({
      data: null,
      errors: [{ message: 'The answer has more than 500000 objects.', extensions: { code: 'RESPONSE_TOO_LARGE' } }],
    });
  });

  it('answers introspection as graphql-js does', async () => {
    const { getIntrospectionQuery, buildClientSchema, printSchema } = await import('graphql');

    const { data, errors } = await graph.run({
      query: getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, inputValueDeprecation: true }),
    });

    expect(errors).toBeUndefined();
    expect(printSchema(buildClientSchema(data as never))).toBe(printSchema(graph.supergraph.schema));
  });
});
