import { Kind, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/**
 * Puts @key directives that cannot be resolved behind those that can. Apollo's planner takes the first key it finds
 * to reach an entity, also when its own subgraph says that it does not answer for it.
 */
export function sortKeys(supergraph: DocumentNode): DocumentNode {
  const sorted = <T extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(node: T): T | undefined => {
    const directives = node.directives ?? [];
    if (!directives.some(isUnresolvable)) return undefined;
    return { ...node, directives: [...directives.filter((directive) => !isUnresolvable(directive)), ...directives.filter(isUnresolvable)] };
  };
  return visit(supergraph, { ObjectTypeDefinition: sorted, InterfaceTypeDefinition: sorted });
}

function isUnresolvable(directive: ConstDirectiveNode): boolean {
  return (
    directive.name.value === 'join__type' &&
    (directive.arguments ?? []).some(({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && !value.value)
  );
}
