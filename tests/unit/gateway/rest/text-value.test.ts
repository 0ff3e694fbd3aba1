import { describe, expect, it } from '@jest/globals';
import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  GraphQLString,
} from 'graphql';
import { toTextValue } from '../../../../gateway/rest/text-value.ts';

const status = new GraphQLEnumType({ name: 'Status', values: { OPEN: {}, DONE: {} } });
const decimal = new GraphQLScalarType({ name: 'Decimal' });

describe('text as the value of a variable', () => {
  it.each([
    ['an Int', GraphQLInt, '-12', -12],
    ['the largest Int', new GraphQLNonNull(GraphQLInt), '2147483647', 2_147_483_647],
    ['a Float', GraphQLFloat, '1.5e3', 1500],
    ['a Boolean', GraphQLBoolean, 'false', false],
    ['an ID of digits', GraphQLID, '007', '007'],
    ['an empty String', GraphQLString, '', ''],
    ['an enum', status, 'DONE', 'DONE'],
    ['a scalar that GraphQL does not know', decimal, '25.00', '25.00'],
    ['a list of one', new GraphQLList(GraphQLInt), '1', [1]],
  ])('reads %s', (_what, type, text, value) => {
    expect(toTextValue([text], type)).toEqual({ value });
  });

  it('reads a parameter that is repeated as a list, and refuses it as one value', () => {
    expect(toTextValue(['OPEN', 'DONE'], new GraphQLList(new GraphQLNonNull(status)))).toEqual({ value: ['OPEN', 'DONE'] });
    expect(toTextValue(['1', '2'], GraphQLInt)).toEqual({ problem: 'must be given once, got 2 of it' });
  });

  it.each([
    ['a whole number with a point', GraphQLInt, '1.0', 'must be a whole number; got "1.0"'],
    ['a number of hexadecimal digits', GraphQLInt, '0x10', 'must be a whole number; got "0x10"'],
    ['too much for an Int', GraphQLInt, '2147483648', 'must be a whole number; got "2147483648"'],
    ['a space', GraphQLInt, ' 1', 'must be a whole number; got " 1"'],
    ['Infinity', GraphQLFloat, 'Infinity', 'must be a number; got "Infinity"'],
    ['a Float beyond all', GraphQLFloat, '1e999', 'must be a number; got "1e999"'],
    ['TRUE', GraphQLBoolean, 'TRUE', 'must be true or false; got "TRUE"'],
    ['another enum value', status, 'done', 'must be one of OPEN, DONE; got "done"'],
    ['a wrong item', new GraphQLList(GraphQLInt), 'x', 'must be a whole number; got "x"'],
    ['a long text, of which it shows the beginning', GraphQLInt, 'x'.repeat(1_000), `must be a whole number; got "${'x'.repeat(60)}…"`],
  ])('refuses %s', (_what, type, text, problem) => {
    expect(toTextValue([text], type)).toEqual({ problem });
  });
});
