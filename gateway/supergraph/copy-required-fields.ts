import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph as FederationSupergraph } from '@apollo/federation-internals';
import {
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type ConstArgumentNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { RequiredCopies, RequiredCopy } from '../planning/required-copies.ts';
import { sortKeys } from './sort-keys.ts';

/** A supergraph as planners see it, when they would take different fields for one. */
export interface WithCopies {
  readonly copies: RequiredCopies;
  /** Takes as long as reading the supergraph did. */
  build(): FederationSupergraph;
}

/**
 * Finds fields that @requires or @fromContext select with different arguments (or with numbers that would not survive), and gives each set of arguments a field of its own in a copy of
 * the supergraph: `price(currency: "USD")` becomes `price__required1`. To planners these are different fields, as they are to the subgraphs.
 * @param selections what the directives of the supergraph select
 * @returns undefined when there are none
 */
export function copyRequiredFields(sdl: string, selections: Iterable<string>): WithCopies | undefined {
  const copies = findCopies(sdl, selections);
  if (copies.size === 0) return undefined;
  return {
    copies,
    build() {
      // It is as valid as the supergraph, but that what nobody requires any more may be left @external.
      const options = { supportedFeatures: new Set(ROUTER_SUPPORTED_SUPERGRAPH_FEATURES), validateSupergraph: false };
      return FederationSupergraph.build(sortKeys(withCopies(parse(sdl, { noLocation: true }), copies)), options);
    },
  };
}

function findCopies(sdl: string, selections: Iterable<string>): RequiredCopies {
  const byField = new Map<string, Map<string, readonly ConstArgumentNode[]>>();
  for (const selection of new Set(selections))
    visit(parseFields(selection), {
      Field(node) {
        const given = byField.get(node.name.value) ?? new Map<string, readonly ConstArgumentNode[]>();
        byField.set(node.name.value, given.set(signatureOf(node), argumentsOf(node)));
      },
    });
  const copies = new Map<string, RequiredCopy>();
  let count = 0;
  for (const [field, given] of byField) {
    if (given.size < 2 && ![...given.values()].some(hasNumberToLose)) continue;
    for (const args of given.values()) {
      if (args.length === 0) continue; // without arguments it is what its name says
      do count += 1;
      while (sdl.includes(`${field}__required${count}`));
      copies.set(`${field}__required${count}`, { field, arguments: args });
    }
  }
  return copies;
}

function withCopies(supergraph: DocumentNode, copies: RequiredCopies): DocumentNode {
  const names = new Map([...copies].map(([name, copy]) => [copy.field + signatureOf(copy), name]));
  const renamed = (selection: string): string => {
    const set = visit(parseFields(selection), {
      Field(node) {
        const name = names.get(node.name.value + signatureOf(node));
        return name === undefined ? undefined : { ...node, name: { ...node.name, value: name }, arguments: [] };
      },
    });
    const text = stripIgnoredCharacters(print(set));
    return selection.trim().startsWith('{') ? text : text.slice(1, -1);
  };
  const withFields = <T extends ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode>(type: T): T => ({
    ...type,
    fields: (type.fields ?? []).flatMap((field) => [
      field,
      ...[...copies].flatMap(([name, copy]) => {
        const known = new Set(field.arguments?.map((argument) => argument.name.value));
        if (copy.field !== field.name.value || !copy.arguments.every((argument) => known.has(argument.name.value))) return [];
        return [{ ...field, name: { ...field.name, value: name }, arguments: [] }];
      }),
    ]),
  });
  // From the leaves on: copies are made of fields whose own directives are rewritten already.
  return visit(supergraph, {
    Directive: {
      leave: (directive) =>
        directive.name.value !== 'join__field'
          ? undefined
          : {
              ...directive,
              arguments: directive.arguments?.map((argument) => ({
                ...argument,
                value: withSelections(argument as ConstArgumentNode, renamed),
              })),
            },
    },
    ObjectTypeDefinition: { leave: withFields },
    InterfaceTypeDefinition: { leave: withFields },
  });
}

/** The value of an argument of @join__field, with other selections in it. */
function withSelections({ name, value }: ConstArgumentNode, change: (selection: string) => string): ConstValueNode {
  if (name.value === 'requires' || name.value === 'selection')
    return value.kind === Kind.STRING ? { ...value, block: false, value: change(value.value) } : value;
  if (name.value !== 'contextArguments' || value.kind !== Kind.LIST) return value;
  const values = value.values.map((item) =>
    item.kind === Kind.OBJECT
      ? {
          ...item,
          fields: item.fields.map((field) => ({ ...field, value: withSelections({ ...field, kind: Kind.ARGUMENT }, change) })),
        }
      : item,
  );
  return { ...value, values };
}

function parseFields(selection: string): SelectionSetNode {
  const [definition] = parse(selection.trim().startsWith('{') ? selection : `{${selection}}`, { noLocation: true }).definitions;
  if (definition?.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.QUERY) return definition.selectionSet;
  throw new Error(`a directive of the supergraph selects what cannot be read: ${selection}`);
}

/** Planners make JavaScript numbers of literals; a copy's arguments go past them as they are written. */
function hasNumberToLose(given: readonly ConstArgumentNode[]): boolean {
  let found = false;
  const look = ({ value }: { readonly value: string }): void => void (found ||= String(Number(value)) !== value);
  for (const argument of given) visit(argument, { IntValue: look, FloatValue: look });
  return found;
}

/** Equal for arguments that are equal in any order. */
function signatureOf({ arguments: given = [] }: Pick<FieldNode, 'arguments'>): string {
  return given.length === 0 ? '' : `(${given.map(print).sort().join()})`;
}

function argumentsOf({ arguments: given = [] }: FieldNode): readonly ConstArgumentNode[] {
  return given as readonly ConstArgumentNode[]; // composition lets no variables through
}
