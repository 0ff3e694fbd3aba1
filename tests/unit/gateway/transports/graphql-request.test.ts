import { expect, it } from '@jest/globals';
import { parseExactly } from '../../../../gateway/numerals/parse-exactly.ts';
import { toIncomingRequest } from '../../../../gateway/transports/graphql-request.ts';

it('a query that is a numeral of any kind is a number', () => {
  expect(() => toIncomingRequest(parseExactly('{"query":1.0}'))).toThrow('expected query to be a string, got a number');
  expect(() => toIncomingRequest(parseExactly('{"query":1}'))).toThrow('expected query to be a string, got a number');
});

it.each(['query', 'operationName', 'extensions'])('a deep %s is refused, and ends no stack, after numerals were seen', (name) => {
  parseExactly('[1.0]');
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as unknown;

  expect(() => toIncomingRequest({ query: '{ a }', [name]: deep })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});
