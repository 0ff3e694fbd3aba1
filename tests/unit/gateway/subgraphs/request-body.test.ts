import { expect, test } from '@jest/globals';
import { createBodyWriter } from '../../../../gateway/subgraphs/request-body.ts';

const query = 'query A($upc:ID!){product(upc:$upc){name(in:"é\\n")}}';
const variables = { upc: 'p"1', list: [1, null, { deep: true }], absent: undefined };

test('a body is what JSON makes of its members, whether its frame is kept or not', () => {
  const write = createBodyWriter();
  const fetch = {};

  for (const operationName of ['A', 'quoted "name"', undefined]) {
    const expected = JSON.stringify({ query, variables, operationName });
    expect(write({ query, variables, operationName })).toBe(expected);
    expect(write({ query, variables, operationName, fetch })).toBe(expected);
    expect(write({ query, variables, operationName, fetch })).toBe(expected);
  }
  expect(write({ query, fetch })).toBe(JSON.stringify({ query }));
});

test('who changes the text of a fetch on its way gets his text sent', () => {
  const write = createBodyWriter();
  const fetch = {};
  write({ query, variables, operationName: 'A', fetch });

  expect(JSON.parse(write({ query: '{other}', variables, operationName: 'A', fetch }))).toMatchObject({ query: '{other}' });
  expect(JSON.parse(write({ query, variables, operationName: 'B', fetch }))).toMatchObject({ query, operationName: 'B' });
});
