import { BREAK, Kind, parse, visit, type DirectiveNode, type DocumentNode } from 'graphql';
import type { SupergraphTypes } from './executable-plan.ts';

/**
 * Finds out what of a supergraph Hive Router's planner (0.0.38) plans wrongly without noticing:
 * - arguments from above (@fromContext), which it leaves out;
 * - type conditions on what some subgraph knows as an @interfaceObject: it asks for the object by a type that nobody has told yet, or leaves fields out.
 * @returns whether an operation, with its fragments written out, is one of those
 */
export function readHiveLimits(supergraphSdl: string, types: SupergraphTypes): (document: DocumentNode) => boolean {
  const conditions = new Set<string>();
  let usesContext = false;
  visit(parse(supergraphSdl, { noLocation: true }), {
    Directive(node) {
      if (node.name.value === 'join__field' && hasArgument(node, 'contextArguments')) usesContext = true;
    },
    ObjectTypeDefinition: noteInterfaceObject,
    InterfaceTypeDefinition: noteInterfaceObject,
  });

  function noteInterfaceObject({ name, directives }: { name: { value: string }; directives?: readonly DirectiveNode[] }): void {
    const isInterfaceObject = directives?.some((node) => node.name.value === 'join__type' && hasArgument(node, 'isInterfaceObject'));
    if (isInterfaceObject) for (const type of types.subtypesOf(name.value) ?? []) conditions.add(type);
  }

  return (document) => {
    if (usesContext || conditions.size === 0) return usesContext;
    let isFound = false;
    visit(document, {
      InlineFragment({ typeCondition }) {
        if (!typeCondition || !conditions.has(typeCondition.name.value)) return undefined;
        isFound = true;
        return BREAK;
      },
    });
    return isFound;
  };
}

function hasArgument({ arguments: given }: DirectiveNode, name: string): boolean {
  return (
    given?.some((argument) => argument.name.value === name && !(argument.value.kind === Kind.BOOLEAN && !argument.value.value)) ?? false
  );
}
