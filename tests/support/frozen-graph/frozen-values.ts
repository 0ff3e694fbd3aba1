import { Kind, type SelectionNode, type SelectionSetNode } from 'graphql';

/** An object of the frozen data. */
export interface FrozenObject {
  readonly __typename: string;
  readonly ref: string;
}

/**
 * What the resolvers of a frozen graph give: object → call → value. `Root` is the object of root fields. A value is what JSON has,
 * `{ __typename, ref }` for another object, or `{ throws }` for an error with this message.
 */
export type FrozenValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * How a call is written: `name`, `price{"currency":"EUR"}`, `label of {"name":"x"}` for a field that is computed from others.
 * @param inputs what it is computed from, see `inputsOf`
 */
export function callText(field: string, args: object, inputs?: string): string {
  const text = canonical(args);
  return `${field}${text === '{}' ? '' : text}${inputs === undefined ? '' : ` of ${inputs}`}`;
}

/** What a @requires selects of the representation of an object, as text. What is missing there is told as "nothing". */
export function inputsOf(set: SelectionSetNode, given: object): string {
  return JSON.stringify(select(set, given, () => true));
}

function select(set: SelectionSetNode, value: unknown, isWanted: (selection: SelectionNode) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => select(set, item, isWanted));
  if (typeof value !== 'object' || value === null) return value;
  const parts = set.selections.filter(isWanted).flatMap((selection): [string, unknown][] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('a @requires has no fragment of a name');
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      const below: unknown = name in value ? (value as Record<string, unknown>)[name] : 'nothing';
      return [[name, selection.selectionSet ? select(selection.selectionSet, below, () => true) : below]];
    }
    const type = (value as { __typename?: string }).__typename;
    if (type !== undefined && type !== selection.typeCondition?.name.value) return [];
    // A planner may leave out the type of an object inside a representation: then whatever is there counts.
    const isThere = (inner: SelectionNode): boolean => type !== undefined || (inner.kind === Kind.FIELD && inner.name.value in value);
    return Object.entries(select(selection.selectionSet, value, isThere) as object);
  });
  return Object.fromEntries(parts);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
