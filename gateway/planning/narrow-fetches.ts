import {
  Kind,
  getNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { FetchNode, PlanNode } from './executable-plan.ts';
import type { SelectedNames } from './selected-names.ts';
import { wantedFields, type PlannedOperation } from './wanted-fields.ts';

export interface NarrowingContext extends PlannedOperation {
  readonly subgraphSchema: (name: string) => GraphQLSchema | undefined;
}

/**
 * Splits fetches that ask for more than is wanted of some objects, where a failure of that would take what is wanted with it. Planners join
 * fetches from a subgraph that knows an interface as one object type (@interfaceObject): what is selected on books is asked for of films as
 * well, and when it may not be null and fails there, the film is null. Only such fields make a second fetch; what may be null is asked for too
 * often, as planned, and does not show.
 */
export function narrowFetches(node: PlanNode, context: NarrowingContext): PlanNode {
  switch (node.kind) {
    case 'sequence':
    case 'parallel':
      return { ...node, nodes: node.nodes.map((child) => narrowFetches(child, context)) };
    case 'condition': {
      const [whenTrue, whenFalse] = [node.whenTrue, node.whenFalse].map((child) => child && narrowFetches(child, context));
      return { ...node, whenTrue, whenFalse };
    }
    case 'fetch': {
      const nodes = narrow(node, context);
      return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'parallel', nodes };
    }
    case 'batch':
      return node;
  }
}

function narrow(fetch: FetchNode, context: NarrowingContext): FetchNode[] {
  const { entities } = fetch;
  const { types, fetches, subgraphSchema } = context;
  const interfaceObjects = types.interfaceObjectsOf(fetch.subgraph).filter((type) => fetch.query.includes(`on ${type}`));
  if (!entities || interfaceObjects.length === 0) return [fetch];
  // A deferred part waits for one fetch; and what arguments from above need (@fromContext) is not looked for.
  if (fetch.id !== undefined || fetches.some((other) => other.entities?.contexts.length)) return [fetch];
  const schema = subgraphSchema(fetch.subgraph);
  if (!schema) return [fetch];

  const text = new FetchText(fetch, interfaceObjects, schema);
  const typesByQuery = new Map<string | undefined, Set<string>>();
  for (const type of new Set(interfaceObjects.flatMap((name) => [...(types.subtypesOf(name) ?? [])]))) {
    if (!types.isObjectType(type) || !entities.of(type)) continue;
    const query = text.narrowedTo(wantedFields(fetch, type, context));
    typesByQuery.set(query, (typesByQuery.get(query) ?? new Set()).add(type));
  }
  if (typesByQuery.size <= 1) return [fetch];
  typesByQuery.delete(fetch.query);
  const narrowed = new Set([...typesByQuery.values()].flatMap((set) => [...set]));
  return [
    only(fetch, fetch.query, (type) => !narrowed.has(type)), // objects whose type nobody could tell yet are among these
    ...[...typesByQuery].flatMap(([query, set]) => (query === undefined ? [] : only(fetch, query, (type) => set.has(type)))),
  ];
}

/** The fetch for objects of some types, with a text of its own. */
function only(fetch: FetchNode, query: string, isMeant: (typeName: string) => boolean): FetchNode {
  const { entities } = fetch;
  return {
    ...fetch,
    query,
    variables: fetch.variables.filter(({ name }) => new RegExp(`\\$${name}\\b`).test(query)),
    entities: entities && { ...entities, of: (typeName) => (isMeant(typeName) ? entities.of(typeName) : undefined) },
  };
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The text of an `_entities` fetch, and what is left of it without what is not wanted and may not be null. */
class FetchText {
  readonly #fetch: FetchNode;
  readonly #interfaceObjects: readonly string[];
  readonly #schema: GraphQLSchema;
  readonly #definition: OperationDefinitionNode | undefined;

  constructor(fetch: FetchNode, interfaceObjects: readonly string[], schema: GraphQLSchema) {
    this.#fetch = fetch;
    this.#interfaceObjects = interfaceObjects;
    this.#schema = schema;
    const { definitions } = parse(fetch.query, { noLocation: true });
    const [definition] = definitions;
    // A text with fragments of its own is left alone: what is below one may be selected at several places.
    if (definitions.length === 1 && definition?.kind === Kind.OPERATION_DEFINITION) this.#definition = definition;
  }

  /** @returns the fetch's own text when all is wanted, undefined when nothing is */
  narrowedTo(wanted: SelectedNames): string | undefined {
    const [entities] = this.#definition?.selectionSet.selections ?? [];
    if (!this.#definition || entities?.kind !== Kind.FIELD || !entities.selectionSet) return this.#fetch.query;
    const { selections } = entities.selectionSet;
    const printed = selections.map((selection) => print(selection));
    const left = selections.flatMap((selection) =>
      selection.kind === Kind.INLINE_FRAGMENT && this.#interfaceObjects.includes(selection.typeCondition?.name.value ?? '')
        ? this.#keep([selection], wanted, undefined)
        : [selection],
    );
    if (left.length === 0) return undefined;
    const hasAll = left.length === selections.length && left.every((selection, index) => print(selection) === printed[index]);
    if (hasAll) return this.#fetch.query;
    return this.#print({ ...entities, selectionSet: { ...entities.selectionSet, selections: left } }, this.#definition);
  }

  #keep(selections: readonly SelectionNode[], wanted: SelectedNames, parent: GraphQLNamedType | undefined): SelectionNode[] {
    return selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition ? this.#schema.getType(selection.typeCondition.name.value) : parent;
        const inner = this.#keep(selection.selectionSet.selections, wanted, type);
        return inner.length === 0 ? [] : [{ ...selection, selectionSet: { ...selection.selectionSet, selections: inner } }];
      }
      const type = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value]?.type : undefined;
      const sent = selection.alias?.value ?? selection.name.value;
      const name = this.#fetch.renamed.get(sent) ?? sent;
      if (!wanted.has(name)) return type && isNonNullType(type) ? [] : [selection];
      if (!selection.selectionSet) return [selection];
      const inner = this.#keep(selection.selectionSet.selections, wanted.below(name), type && getNamedType(type));
      return [{ ...selection, selectionSet: { ...selection.selectionSet, selections: inner.length === 0 ? [TYPENAME] : inner } }];
    });
  }

  #print(entities: FieldNode, definition: OperationDefinitionNode): string {
    const used = new Set<string>();
    visit(entities, { Variable: ({ name }) => void used.add(name.value) });
    const variableDefinitions = (definition.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
    return stripIgnoredCharacters(
      print({ ...definition, variableDefinitions, selectionSet: { kind: Kind.SELECTION_SET, selections: [entities] } }),
    );
  }
}
