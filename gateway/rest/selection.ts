import {
  GraphQLNonNull,
  GraphQLString,
  Kind,
  getNullableType,
  isAbstractType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

/** A place in an operation's result: its type, and everything that is selected below it. */
export interface Selection {
  readonly type: GraphQLOutputType;
  readonly sets: readonly SelectionSetNode[];
}

/** One field of an object in the result, by its response name. */
export interface SelectedField extends Selection {
  /** undefined for `__typename`. */
  readonly definition: GraphQLField<unknown, unknown> | undefined;
  /** It may be absent: @include or @skip stands on it or above it. */
  readonly conditional: boolean;
}

/** The type of `__typename`, which no type lists. */
const TYPE_NAME = new GraphQLNonNull(GraphQLString);

/** What is needed to follow fragments. */
export interface SelectionScope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** The fields that an object of this type has in the result. */
export function fieldsOf(type: GraphQLObjectType, sets: readonly SelectionSetNode[], scope: SelectionScope): Map<string, SelectedField> {
  const found = new Map<string, { readonly node: FieldNode; readonly sets: SelectionSetNode[]; conditional: boolean }>();
  const collect = (set: SelectionSetNode, conditional: boolean): void => {
    for (const node of set.selections) {
      const isConditional = conditional || (node.directives ?? []).some(({ name }) => name.value === 'include' || name.value === 'skip');
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        const field = found.get(key) ?? { node, sets: [], conditional: isConditional };
        field.conditional &&= isConditional;
        if (node.selectionSet) field.sets.push(node.selectionSet);
        found.set(key, field);
        continue;
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? scope.fragments.get(node.name.value) : node;
      if (fragment && applies(fragment.typeCondition?.name.value, type, scope)) collect(fragment.selectionSet, isConditional);
    }
  };
  for (const set of sets) collect(set, false);
  return new Map([...found].map(([key, field]) => [key, toField(type, field)]));
}

/**
 * Follows response names: `['user', 'payments']`.
 * @returns the place, or why there is none
 */
export function selectionAt(root: Selection, path: readonly string[], scope: SelectionScope): Selection | { readonly problem: string } {
  let here: Selection = { ...root, type: new GraphQLNonNull(getNullableType(root.type)) };
  for (const name of path) {
    const type = getNullableType(here.type);
    if (!isObjectType(type)) return { problem: `${name} is looked for in ${String(here.type)}, which is no object` };
    const field = fieldsOf(type, here.sets, scope).get(name);
    if (!field) return { problem: `${name} is not selected in ${type.name}` };
    // A null on the way is a null at the end.
    here = { sets: field.sets, type: isNonNullType(here.type) ? field.type : getNullableType(field.type) };
  }
  return here;
}

/** The value at response names; null where the way there is null. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  let here = data;
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return null;
    here = (here as Readonly<Record<string, unknown>>)[name];
  }
  return here ?? null;
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: SelectionScope): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = schema.getType(condition);
  return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
}

function toField(
  type: GraphQLObjectType,
  { node, sets, conditional }: { readonly node: FieldNode; readonly sets: SelectionSetNode[]; readonly conditional: boolean },
): SelectedField {
  const definition = type.getFields()[node.name.value];
  return { definition, type: definition?.type ?? TYPE_NAME, sets, conditional };
}
