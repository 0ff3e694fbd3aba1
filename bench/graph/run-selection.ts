import { Kind, parse, type FieldNode, type OperationDefinitionNode, type SelectionSetNode, type ValueNode } from 'graphql';

/** An object as a resolver gives it: scalars, lists, other objects, and functions of the field's arguments. An Error becomes a GraphQL error. */
export interface Resolved {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

interface Answer {
  data: Record<string, unknown>;
  errors?: { message: string; path: (string | number)[] }[];
}

/**
 * Answers an operation by walking its selections over `root`: as little GraphQL as a subgraph of a benchmark can have and still depend on
 * everything that it is sent. Nothing is validated.
 */
export function runSelection(query: string, variables: Readonly<Record<string, unknown>>, root: Resolved): Answer {
  const document = parse(query, { noLocation: true });
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('no operation');
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const errors: NonNullable<Answer['errors']> = [];

  const valueOf = (node: ValueNode): unknown => {
    switch (node.kind) {
      case Kind.VARIABLE:
        return variables[node.name.value];
      case Kind.LIST:
        return node.values.map(valueOf);
      case Kind.OBJECT:
        return Object.fromEntries(node.fields.map((field) => [field.name.value, valueOf(field.value)]));
      case Kind.INT:
      case Kind.FLOAT:
        return Number(node.value);
      case Kind.NULL:
        return null;
      default:
        return node.value;
    }
  };
  const argumentsOf = (field: FieldNode): Record<string, unknown> =>
    Object.fromEntries((field.arguments ?? []).map((argument) => [argument.name.value, valueOf(argument.value)]));

  const collect = ({ selections }: SelectionSetNode, type: string, into: Map<string, FieldNode[]>): Map<string, FieldNode[]> => {
    for (const selection of selections) {
      const skipped = selection.directives?.some(({ name, arguments: [condition] = [] }) => {
        const holds = condition === undefined || valueOf(condition.value) === true;
        return name.value === 'skip' ? holds : name.value === 'include' && !holds;
      });
      if (skipped) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        into.set(key, [...(into.get(key) ?? []), selection]);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      if (fragment && (condition === undefined || condition === type)) collect(fragment.selectionSet, type, into);
    }
    return into;
  };

  const complete = (value: unknown, fields: readonly FieldNode[], path: (string | number)[]): unknown => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) {
      errors.push({ message: value.message, path });
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => complete(item, fields, [...path, index]));
    if (typeof value !== 'object') return value;
    return object(value as Resolved, fields, path);
  };

  const object = (source: Resolved, fields: readonly FieldNode[], path: (string | number)[]): Record<string, unknown> => {
    const selected = new Map<string, FieldNode[]>();
    for (const { selectionSet } of fields) if (selectionSet) collect(selectionSet, source.__typename, selected);
    return select(source, selected, path);
  };

  const select = (source: Resolved, selected: Map<string, FieldNode[]>, path: (string | number)[]): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const [key, [field, ...others]] of selected) {
      if (!field) continue;
      const value = source[field.name.value];
      const found = typeof value === 'function' ? (value as (args: unknown) => unknown)(argumentsOf(field)) : value;
      result[key] = complete(found, [field, ...others], [...path, key]);
    }
    return result;
  };

  const data = select(root, collect(operation.selectionSet, root.__typename, new Map()), []);
  return errors.length > 0 ? { data, errors } : { data };
}
