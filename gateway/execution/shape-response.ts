import type { GraphQLFormattedError } from 'graphql';
import { isHiddenNumeral, numeralOf } from '../numerals/hidden-numerals.ts';
import type { CompositeShape, FieldShape, LeafShape, ListShape, ObjectShape, TypeShape } from '../planning/response-shape.ts';
import type { ErrorLog } from './error-log.ts';
import { isData, ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';

/** A value that does not fit. Its path is put together while the call stack unwinds, so that values that fit pay nothing. */
interface Problem {
  readonly path: (string | number)[];
  readonly error: Omit<GraphQLFormattedError, 'path'>;
}

interface Shaping {
  objectsLeft: number;
  readonly problems: Problem[];
  readonly introspection: Readonly<Record<string, unknown>>;
}

/** Entities that lead back to each other make a small operation's answer grow with every level, up to more than any memory holds. */
export const MAX_OBJECTS = 500_000;

/** The answer would have more objects than are allowed. */
export class AnswerTooLarge extends Error {}

/** GraphQL's Int. */
const [MIN_INT, MAX_INT] = [-2_147_483_648, 2_147_483_647] as const;

/** In place of a value that may not be null and is: the null goes up to the nearest place that may be. */
const NULL_GOES_UP = undefined;

/**
 * Makes the client's answer of the merged data: only what was selected, in that order, under the client's names, each value checked
 * against its type. What does not fit becomes null as the specification says, with one error unless an error in `errors` explains it.
 * @param introspection answers of the introspection fields by response name
 * @throws AnswerTooLarge
 */
export function shapeResponse(
  shape: ObjectShape,
  data: Data,
  errors: Pick<ErrorLog, 'explains'> & { add(error: Omit<GraphQLFormattedError, 'path'>, path: ResponsePath): unknown },
  introspection: Readonly<Record<string, unknown>> = {},
): Data | null {
  const shaping: Shaping = { objectsLeft: MAX_OBJECTS, problems: [], introspection };
  const result = shapeObject(shape, data, shaping);
  for (const { path, error } of shaping.problems) if (!errors.explains(path)) errors.add(error, path);
  return result ?? null;
}

function shapeObject(shape: ObjectShape, data: Data, shaping: Shaping): Data | undefined {
  if ((shaping.objectsLeft -= 1) < 0) throw new AnswerTooLarge(`The answer has more than ${MAX_OBJECTS} objects.`);
  const result: Data = shape.needsNullPrototype ? (Object.create(null) as Data) : {};
  const { problems } = shaping;
  for (const field of shape.fields) {
    const before = problems.length;
    const value =
      field.source === 'data' ? shapeValue(field.type, ownValue(data, field.key), field, shaping) : metaValue(field, shape, shaping);
    if (problems.length > before) prefix(problems, before, field.responseName);
    if (value === NULL_GOES_UP) return NULL_GOES_UP;
    result[field.responseName] = value;
  }
  return result;
}

function shapeValue(type: TypeShape, value: unknown, field: FieldShape, shaping: Shaping): unknown {
  if (value === null || value === undefined) {
    if (!type.nonNull) return null;
    const message = `Cannot return null for non-nullable field ${field.coordinate}.`;
    shaping.problems.push({ path: [], error: { message, extensions: { code: 'INTERNAL_SERVER_ERROR' } } });
    return NULL_GOES_UP;
  }
  switch (type.kind) {
    case 'leaf':
      return shapeLeaf(type, value, field, shaping);
    case 'composite':
      return shapeComposite(type, value, field, shaping);
    case 'list':
      return shapeList(type, value, field, shaping);
  }
}

function shapeLeaf(type: LeafShape, value: unknown, field: FieldShape, shaping: Shaping): unknown {
  switch (type.accepts) {
    case 'any':
      return value;
    case 'string':
      if (typeof value === 'string' && !isHiddenNumeral(value)) return value;
      break;
    case 'id':
      if (Number.isInteger(value)) return String(value);
      if (typeof value !== 'string') break;
      if (!isHiddenNumeral(value)) return value;
      if (integerOf(value) !== undefined) return integerOf(value);
      break;
    case 'integer': {
      const number = isHiddenNumeral(value) ? Number(numeralOf(value)) : value;
      if (Number.isInteger(number) && (number as number) <= MAX_INT && (number as number) >= MIN_INT) return number;
      break;
    }
    case 'float':
      if (typeof value === 'number' || isHiddenNumeral(value)) return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    default:
      if (type.accepts.has(value as string)) return value;
  }
  return misfit(type, field, shaping, `a value that is no ${type.typeName}`);
}

/** The text of a numeral that is a whole number: with all its digits, or without a fraction of zeros and an exponent. */
function integerOf(value: unknown): string | undefined {
  const numeral = numeralOf(value) ?? '';
  if (/^-?\d+$/.test(numeral)) return numeral === '-0' ? '0' : numeral;
  return Number.isSafeInteger(Number(numeral)) ? String(Number(numeral)) : undefined;
}

function shapeList(type: ListShape, value: unknown, field: FieldShape, shaping: Shaping): unknown {
  if (!Array.isArray(value)) return misfit(type, field, shaping, 'a value that is no list');
  const { problems } = shaping;
  const result: unknown[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const before = problems.length;
    const item = shapeValue(type.of, value[index], field, shaping);
    if (problems.length > before) prefix(problems, before, index);
    if (item === NULL_GOES_UP) return type.nonNull ? NULL_GOES_UP : null;
    result.push(item);
  }
  return result;
}

function shapeComposite(type: CompositeShape, value: unknown, field: FieldShape, shaping: Shaping): unknown {
  const { selection } = type;
  if (!isData(value)) return misfit(type, field, shaping, 'a value that is no object');
  const typeName = value['__typename'];
  const shape = !selection.isObjectType && typeof typeName === 'string' ? selection.of(typeName) : selection.declared;
  // The name of the type is not told: it may be one that the schema hides.
  if (!shape) return misfit(type, field, shaping, `an object whose type is no ${selection.typeName}`);
  if (!shape.isWhole) return misfit(type, field, shaping, `an object that does not tell which ${shape.typeName} it is`);
  return shapeObject(shape, value, shaping) ?? (type.nonNull ? NULL_GOES_UP : null);
}

function metaValue(field: FieldShape, shape: ObjectShape, shaping: Shaping): unknown {
  if (field.source === 'introspection') return shaping.introspection[field.key] ?? null;
  if (shape.isObjectType) return shape.typeName;
  return misfit(field.type, field, shaping, `an object that does not tell which ${shape.typeName} it is`);
}

/** What the subgraph sent is not repeated to the client. */
function misfit(type: TypeShape, field: FieldShape, shaping: Shaping, what: string): null | undefined {
  const message = `A subgraph answered field ${field.coordinate} with ${what}.`;
  shaping.problems.push({ path: [], error: { message, extensions: { code: 'SUBGRAPH_MALFORMED' } } });
  return type.nonNull ? NULL_GOES_UP : null;
}

function prefix(problems: readonly Problem[], from: number, key: string | number): void {
  for (let index = from; index < problems.length; index += 1) problems[index]?.path.unshift(key);
}
