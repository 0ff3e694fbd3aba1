import { getNullableType, isEnumType, isInputObjectType, isListType, isScalarType, type GraphQLInputType } from 'graphql';

/** What a text stands for, or what it should have been. */
export type TextValue = { readonly value: unknown } | { readonly problem: string };

const WHOLE_NUMBER = /^-?(?:0|[1-9][0-9]{0,9})$/;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$/;
const MAX_INT = 2_147_483_647;
/** Of a value in a message. */
const SHOWN = 60;

/**
 * Reads texts (of a path, a header, a query string) as a value of the type. Only a list takes more than one.
 * Text of a scalar that is not GraphQL's own is handed on as it is: its service judges it.
 */
export function toTextValue(texts: readonly string[], type: GraphQLInputType): TextValue {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items = texts.map((text) => toTextValue([text], nullable.ofType));
    const failed = items.find((item) => 'problem' in item);
    return failed ?? { value: items.map((item) => ('value' in item ? item.value : undefined)) };
  }
  const [text = '', second] = texts;
  if (second !== undefined) return { problem: `must be given once, got ${texts.length} of it` };
  if (isEnumType(nullable)) {
    const names = nullable.getValues().map(({ name }) => name);
    return names.includes(text) ? { value: text } : { problem: `must be one of ${names.join(', ')}; got ${show(text)}` };
  }
  switch (isScalarType(nullable) ? nullable.name : undefined) {
    case 'Int': {
      const value = Number(text);
      if (WHOLE_NUMBER.test(text) && value <= MAX_INT && value >= -MAX_INT - 1) return { value };
      return { problem: `must be a whole number; got ${show(text)}` };
    }
    case 'Float':
      return NUMBER.test(text) && Number.isFinite(Number(text))
        ? { value: Number(text) }
        : { problem: `must be a number; got ${show(text)}` };
    case 'Boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: `must be true or false; got ${show(text)}` };
    default:
      return { value: text };
  }
}

/** Whether text alone can say a value of the type: no input objects, no lists of lists. */
export function canBeText(type: GraphQLInputType): boolean {
  const nullable = getNullableType(type);
  if (!isListType(nullable)) return !isInputObjectType(nullable);
  const item = getNullableType(nullable.ofType);
  return !isListType(item) && !isInputObjectType(item);
}

function show(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
