import { isEnumType, isLeafType, isScalarType, type GraphQLSchema } from 'graphql';
import { describe } from './check-test-graph.ts';
import type { SeededRandom } from './seeded-random.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A value, or what a resolver would be. Objects may be partial: the rest is made up. An Error is thrown, `null` is null. */
export type FakeField =
  | ((parent: Fields, args: Fields, context: unknown) => unknown)
  | string
  | number
  | boolean
  | null
  | Error
  | readonly unknown[]
  | { readonly [field: string]: unknown };

/**
 * Of an object type: its fields; or a function of what is known of an object (of an entity at least its key) that gives some of its fields,
 * or null when there is no such entity. Of a scalar or an enum: a value, or a function that makes one.
 */
export type FakeType =
  | ((known: Fields & { readonly random?: SeededRandom }) => unknown)
  | { readonly [field: string]: FakeField }
  | string
  | number
  | boolean;

export interface FakeOverrides {
  hasLeaf(typeName: string): boolean;
  leaf(typeName: string, place: { readonly owner: string; readonly field: string; readonly random: SeededRandom }): unknown;
  /** Some fields, null when there is no such object. */
  object(typeName: string, known: Fields): Fields | null;
  /** What a test says of a field: undefined when nothing. */
  field(typeName: string, field: string): FakeField | undefined;
  /** The same when it is a plain value. */
  constant(typeName: string, field: string): unknown;
}

/** @throws Error for a type, field or enum value that the SDL does not have: a typing error */
export function createFakeOverrides(schema: GraphQLSchema, given: Readonly<Record<string, FakeType>>): FakeOverrides {
  for (const [typeName, override] of Object.entries(given)) check(schema, typeName, override);
  const fieldOf = (typeName: string, field: string): FakeField | undefined => {
    const override = given[typeName];
    return typeof override === 'object' && Object.hasOwn(override, field) ? override[field] : undefined;
  };
  return {
    hasLeaf: (typeName) => Object.hasOwn(given, typeName),
    leaf(typeName, place) {
      const override = given[typeName];
      return typeof override === 'function' ? override(place as Fields & { random: SeededRandom }) : override;
    },
    object(typeName, known) {
      const override = given[typeName];
      if (typeof override !== 'function') return {};
      const fields = override(known);
      if (fields === null || (typeof fields === 'object' && !Array.isArray(fields))) return fields as Fields | null;
      if (fields === undefined) return {};
      throw new Error(`expected the override of ${typeName} to give an object or null, got ${describe(fields)}`);
    },
    field: fieldOf,
    constant(typeName, field) {
      const override = fieldOf(typeName, field);
      return typeof override === 'function' || override instanceof Error ? undefined : (override ?? undefined);
    },
  };
}

function check(schema: GraphQLSchema, typeName: string, override: FakeType): void {
  const type = schema.getType(typeName);
  if (!type || typeName.startsWith('_')) {
    const known = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('_') && !name.includes('__'));
    throw new Error(`fakeSubgraph: expected an override of a type of the SDL, got ${typeName}; it has ${known.join(', ')}`);
  }
  if (isLeafType(type)) {
    if (isScalarType(type) || typeof override === 'function') return;
    const values = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    if (!values.includes(String(override)))
      throw new Error(`fakeSubgraph: expected ${typeName} to be one of ${values.join(', ')}, got ${describe(override)}`);
    return;
  }
  if (typeof override === 'function') return;
  if (typeof override !== 'object')
    throw new Error(`fakeSubgraph: expected fields of ${typeName} or a function, got ${describe(override)}`);
  const fields = 'getFields' in type ? Object.keys(type.getFields()) : [];
  const strangers = Object.keys(override).filter((field) => !fields.includes(field));
  if (strangers.length > 0) throw new Error(`fakeSubgraph: ${typeName} has no ${strangers.join(', ')}; it has ${fields.join(', ')}`);
}
