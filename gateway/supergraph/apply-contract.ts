import {
  Kind,
  parse,
  print,
  visit,
  type ASTNode,
  type ConstDirectiveNode,
  type DirectiveNode,
  type EnumValueDefinitionNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type TypeNode,
} from 'graphql';

/** A view of the graph for one audience, by the names of its @tag directives. */
export interface Contract {
  /** Not empty: of objects and interfaces only fields are shown that have one of these tags, or whose type has. */
  readonly include: readonly string[];
  /** What has one of these tags is hidden, whatever else it has. */
  readonly exclude: readonly string[];
}

const LINK = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)';
const DEFINITION =
  'directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION';
const INACCESSIBLE: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'inaccessible' } };

interface Tagged {
  readonly directives?: readonly DirectiveNode[] | undefined;
}
type TypeDefinition = Extract<DefinitionNode, { name: unknown; kind: `${string}TypeDefinition` }>;

/**
 * Hides from clients what a contract leaves out, by @inaccessible; subgraphs and plans keep all of it. A field goes with its type, a type with
 * the last of its fields, and what nobody can reach any more goes too. A hidden argument or input field that must be given is an error
 * when the result is loaded.
 * @param supergraphSdl composed
 */
export function applyContract(supergraphSdl: string, contract: Contract): string {
  const document = parse(supergraphSdl, { noLocation: true });
  const types = document.definitions.filter(isType);
  const hidden = new Set<ASTNode>();
  for (const type of types) hideByTags(type, contract, hidden);
  hideWhatFollows(types, hidden);
  hideUnreachable(types, rootNames(document), hidden);
  return withFeature(visit(document, { enter: (node) => (hidden.has(node) && !isInaccessible(node as Tagged) ? hide(node) : undefined) }));
}

function hideByTags(type: TypeDefinition, { include, exclude }: Contract, hidden: Set<ASTNode>): void {
  const isExcluded = (node: Tagged): boolean => tagsOf(node).some((tag) => exclude.includes(tag));
  const isIncluded = (node: Tagged): boolean => tagsOf(node).some((tag) => include.includes(tag));
  if (isInaccessible(type) || isExcluded(type)) hidden.add(type);
  const isSelective = include.length > 0 && (type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION);
  for (const member of membersOf(type)) {
    if (isInaccessible(member) || isExcluded(member) || (isSelective && !isIncluded(type) && !isIncluded(member))) hidden.add(member);
    if (member.kind !== Kind.FIELD_DEFINITION) continue;
    for (const argument of member.arguments ?? []) if (isInaccessible(argument) || isExcluded(argument)) hidden.add(argument);
  }
}

/** Until nothing changes: types without members, members of hidden types. */
function hideWhatFollows(types: readonly TypeDefinition[], hidden: Set<ASTNode>): void {
  const gone = new Set(types.filter((type) => hidden.has(type)).map(({ name }) => name.value));
  for (let count = -1; count !== hidden.size;) {
    count = hidden.size;
    for (const type of types) {
      const members = membersOf(type);
      for (const member of members) if ('type' in member && gone.has(namedType(member.type))) hidden.add(member);
      const isEmpty = members.length > 0 && members.every((member) => hidden.has(member));
      const hasNoMember = type.kind === Kind.UNION_TYPE_DEFINITION && (type.types ?? []).every(({ name }) => gone.has(name.value));
      if (!isEmpty && !hasNoMember) continue;
      hidden.add(type);
      gone.add(type.name.value);
    }
  }
}

function hideUnreachable(types: readonly TypeDefinition[], roots: readonly string[], hidden: Set<ASTNode>): void {
  const byName = new Map(types.map((type) => [type.name.value, type]));
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = byName.get(name);
    if (!type || hidden.has(type) || reached.has(name)) return;
    reached.add(name);
    if (type.kind === Kind.UNION_TYPE_DEFINITION) for (const member of type.types ?? []) reach(member.name.value);
    if (type.kind === Kind.INTERFACE_TYPE_DEFINITION)
      for (const other of types)
        if ('interfaces' in other && other.interfaces?.some((each) => each.name.value === name)) reach(other.name.value);
    if ('interfaces' in type) for (const { name: parent } of type.interfaces ?? []) reach(parent.value);
    for (const member of membersOf(type)) {
      if (hidden.has(member) || !('type' in member)) continue;
      reach(namedType(member.type));
      if (member.kind === Kind.FIELD_DEFINITION)
        for (const argument of member.arguments ?? []) if (!hidden.has(argument)) reach(namedType(argument.type));
    }
  };
  for (const root of roots) reach(root);
  for (const type of types) if (!reached.has(type.name.value)) hidden.add(type);
}

function membersOf(type: TypeDefinition): readonly (FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode)[] {
  if (type.kind === Kind.ENUM_TYPE_DEFINITION) return type.values ?? [];
  return 'fields' in type ? (type.fields ?? []) : [];
}

function tagsOf({ directives = [] }: Tagged): string[] {
  return directives
    .filter(({ name }) => name.value === 'tag')
    .flatMap(({ arguments: given }) => (given?.[0]?.value.kind === Kind.STRING ? [given[0].value.value] : []));
}

function isInaccessible(node: Tagged): boolean {
  return node.directives?.some(({ name }) => name.value === 'inaccessible') ?? false;
}

function hide<T extends ASTNode>(node: T): T {
  const { directives = [] } = node as Tagged;
  return { ...node, directives: [...directives, INACCESSIBLE] };
}

/** Types of the graph; those of the supergraph's own words (`join__Graph`, `link__Purpose`) are left alone. */
function isType(definition: DefinitionNode): definition is TypeDefinition {
  return definition.kind.endsWith('TypeDefinition') && 'name' in definition && !definition.name?.value.includes('__');
}

function rootNames({ definitions }: DocumentNode): string[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION ? definition.operationTypes.map(({ type }) => type.name.value) : [],
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function withFeature(document: DocumentNode): string {
  const text = `${print(document)}\n`;
  if (/directive @inaccessible\b/.test(text)) return text;
  return text.replace(/^schema\b/m, `schema\n  ${LINK}`).replace(/^directive /m, `${DEFINITION}\n\ndirective `);
}
