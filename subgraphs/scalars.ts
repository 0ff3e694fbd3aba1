import { GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';
import { UnusableLiteral } from './client-input.ts';

/**
 * The scalars let everything in and leave the judgement to `parseDecimal` and `parseCurrency`: only there are the field's name and the
 * currency's digits known, and only so is a wrong literal answered BAD_USER_INPUT like a wrong variable, and not as an invalid document.
 */
const opaqueInput = {
  parseValue: (value: unknown): unknown => value,
  parseLiteral: (node: ValueNode): unknown => {
    switch (node.kind) {
      case Kind.STRING:
      case Kind.INT: // as text: the digits that were written, however many
      case Kind.ENUM:
        return node.value;
      default:
        return new UnusableLiteral(print(node));
    }
  },
};

/** Output: `"25.00"`. Input: whatever was sent. */
export const decimalScalar = new GraphQLScalarType<unknown, unknown>({ name: 'Decimal', ...opaqueInput });

/** Output: `"MXN"`. Input: whatever was sent. */
export const currencyScalar = new GraphQLScalarType<unknown, unknown>({ name: 'Currency', ...opaqueInput });

/** Output only: a Date as RFC 3339 in UTC. */
export const dateTimeScalar = new GraphQLScalarType<unknown, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (value instanceof Date) return value.toISOString();
    throw new TypeError(`DateTime must be a Date, got ${typeof value}`);
  },
});
