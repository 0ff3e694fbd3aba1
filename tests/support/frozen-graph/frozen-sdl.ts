import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a subgraph's SDL says of its types. */
export interface FrozenSdl {
  readonly objects: readonly ObjectTypeDefinitionNode[];
  readonly interfaces: readonly InterfaceTypeDefinitionNode[];
}

export function readSdl(sdl: string): FrozenSdl {
  const { definitions } = parse(sdl, { noLocation: true });
  return {
    objects: definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION),
    interfaces: definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION),
  };
}

type Directed = FieldDefinitionNode | ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export function directivesOf({ directives = [] }: Directed, name: string): ConstDirectiveNode[] {
  return directives.filter((directive) => directive.name.value === name);
}

/** A text or a truth value that is given to a directive. */
export function argumentOf(directive: ConstDirectiveNode | undefined, name: string): string | boolean | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

/** The `fields` of a @key, @requires or @provides. */
export function selectionOf(directive: ConstDirectiveNode | undefined): SelectionSetNode | undefined {
  const fields = argumentOf(directive, 'fields');
  if (typeof fields !== 'string') return undefined;
  const [operation] = parse(`{ ${fields} }`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet : undefined;
}
