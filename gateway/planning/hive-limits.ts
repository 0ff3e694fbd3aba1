import {
  BREAK,
  Kind,
  parse,
  visit,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type InlineFragmentNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import type { SupergraphTypes } from './executable-plan.ts';

/**
 * Finds out what of a supergraph Hive Router's planner (0.0.38) plans wrongly:
 * - arguments from above (@fromContext), which it leaves out;
 * - type conditions on what some subgraph knows as an @interfaceObject: it asks for the object by a type that nobody has told yet, or leaves fields out;
 * - fields with @requires: where it takes more than one step to what they are made of, it asks a subgraph for what that does not have, and
 *   mostly finds out by itself, which it does not survive: the process is aborted;
 * - fields that are @provided: it takes them to be there wherever the subgraph leads to their type;
 * - fields that may not be null under a condition: it asks for them all the same where it needs the object's key besides, and when they fail there,
 *   the object is null.
 * @returns whether an operation, with its fragments written out, is one of those
 */
export function readHiveLimits(supergraphSdl: string, types: SupergraphTypes): (document: DocumentNode) => boolean {
  const conditions = new Set<string>();
  const fields = new Set<string>();
  const nonNullFields = new Set<string>();
  let usesContext = false;
  visit(parse(supergraphSdl, { noLocation: true }), {
    Directive(node) {
      if (node.name.value !== 'join__field') return;
      const join = node as ConstDirectiveNode;
      if (argument(join, 'contextArguments')) usesContext = true;
      const provided = argument(join, 'provides');
      if (typeof provided === 'string') for (const [word] of provided.matchAll(/\w+/g)) fields.add(word); // a type's name or an argument's is no field's
    },
    FieldDefinition({ name, type }) {
      if (type.kind === Kind.NON_NULL_TYPE) nonNullFields.add(name.value);
    },
    ObjectTypeDefinition(node) {
      noteInterfaceObject(node);
      for (const name of requiringFields(node)) fields.add(name);
    },
    InterfaceTypeDefinition: noteInterfaceObject,
  });

  function noteInterfaceObject({ name, directives }: Pick<ObjectTypeDefinitionNode, 'name' | 'directives'>): void {
    if (joinsOf(directives, 'join__type').some((join) => argument(join, 'isInterfaceObject') === true))
      for (const type of types.subtypesOf(name.value) ?? []) conditions.add(type);
  }

  return (document) => {
    if (usesContext) return true;
    let isFound = false;
    let conditional = 0; // how many of what is around stand under a condition
    const found = (): typeof BREAK => {
      isFound = true;
      return BREAK;
    };
    visit(document, {
      InlineFragment: {
        enter(node) {
          if (isConditional(node)) conditional += 1;
          return node.typeCondition && conditions.has(node.typeCondition.name.value) ? found() : undefined;
        },
        leave: (node) => void (conditional -= isConditional(node) ? 1 : 0),
      },
      Field: {
        enter(node) {
          if (isConditional(node)) conditional += 1;
          return fields.has(node.name.value) || (conditional > 0 && nonNullFields.has(node.name.value)) ? found() : undefined;
        },
        leave: (node) => void (conditional -= isConditional(node) ? 1 : 0),
      },
    });
    return isFound;
  };
}

function isConditional({ directives = [] }: FieldNode | InlineFragmentNode): boolean {
  return directives.some(({ name, arguments: given }: DirectiveNode) => name.value !== 'defer' && given?.[0]?.value.kind === Kind.VARIABLE);
}

function requiringFields({ fields = [] }: ObjectTypeDefinitionNode): string[] {
  return fields
    .filter(({ directives }) => joinsOf(directives, 'join__field').some((join) => argument(join, 'requires') !== undefined))
    .map(({ name }) => name.value);
}

function joinsOf(directives: readonly ConstDirectiveNode[] = [], name: string): ConstDirectiveNode[] {
  return directives.filter((directive) => directive.name.value === name);
}

/** The value of an argument as far as it is told apart here; undefined when it is not given. */
function argument({ arguments: given }: ConstDirectiveNode, name: string): string | boolean | undefined {
  const value = given?.find((candidate) => candidate.name.value === name)?.value;
  if (value === undefined) return undefined;
  return 'value' in value ? (value.value as string | boolean) : value.kind === Kind.LIST;
}
