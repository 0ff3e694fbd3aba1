import { BREAK, Kind, parse, visit, type ConstDirectiveNode, type DocumentNode, type ObjectTypeDefinitionNode } from 'graphql';
import type { SupergraphTypes } from './executable-plan.ts';

/**
 * Finds out what of a supergraph Hive Router's planner (0.0.38) plans wrongly:
 * - arguments from above (@fromContext), which it leaves out;
 * - type conditions on what some subgraph knows as an @interfaceObject: it asks for the object by a type that nobody has told yet, or leaves fields out;
 * - fields with @requires: where it takes more than one step to what they are made of, it asks a subgraph for what that does not have, and
 *   mostly finds out by itself, which it does not survive: the process is aborted.
 * @returns whether an operation, with its fragments written out, is one of those
 */
export function readHiveLimits(supergraphSdl: string, types: SupergraphTypes): (document: DocumentNode) => boolean {
  const conditions = new Set<string>();
  const fields = new Set<string>();
  let usesContext = false;
  visit(parse(supergraphSdl, { noLocation: true }), {
    Directive(node) {
      if (node.name.value === 'join__field' && argument(node as ConstDirectiveNode, 'contextArguments')) usesContext = true;
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
    if (usesContext || (conditions.size === 0 && fields.size === 0)) return usesContext;
    let isFound = false;
    const found = (): typeof BREAK => {
      isFound = true;
      return BREAK;
    };
    visit(document, {
      InlineFragment: ({ typeCondition }) => (typeCondition && conditions.has(typeCondition.name.value) ? found() : undefined),
      Field: ({ name }) => (fields.has(name.value) ? found() : undefined),
    });
    return isFound;
  };
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
