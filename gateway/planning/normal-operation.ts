import {
  Kind,
  OperationTypeNode,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  print,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/** An operation without what makes no difference to its plan. */
export interface NormalOperation {
  /** Equal for operations that differ in their name, aliases, literals of built-in scalars, white space and comments only. */
  readonly key: string;
  /** With variables in place of literals, and aliases in order. */
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Variable in place of a literal → the literal's value. */
  readonly literals: Readonly<Record<string, unknown>>;
  /** Alias here → the client's. */
  readonly aliases: ReadonlyMap<string, string>;
}

const LITERAL = 'literal';
const ALIAS = 'alias';
const OWN_NAMES = /^(?:literal|alias)\d/;

/**
 * Two operations with one key have one plan, and are valid or not together: whoever knows the one need not look at the other again. What could
 * tell them apart in validation is never taken out: a literal that is none of its type, an alias that is also the name of a selected field.
 * @param schema what the document is for; the document need not be valid
 * @returns undefined when it is better taken as it is: subscriptions, several operations, introspection, @defer
 */
export function toNormalOperation(document: DocumentNode, schema: GraphQLSchema): NormalOperation | undefined {
  try {
    return new Normalizer(schema).normalize(document);
  } catch (error) {
    if (error instanceof NotNormal) return undefined;
    throw error;
  }
}

class NotNormal extends Error {}

class Normalizer {
  readonly #schema: GraphQLSchema;
  readonly #literals: Record<string, unknown> = {};
  readonly #definitions: VariableDefinitionNode[] = [];
  /** A literal with its type, as text → the variable in its place. */
  readonly #variables = new Map<string, string>();
  /** The client's alias → the one here. */
  readonly #aliases = new Map<string, string>();
  /** Names of fields that are selected without an alias. */
  readonly #plainNames = new Set<string>();
  #key = '';

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  normalize({ definitions }: DocumentNode): NormalOperation {
    let operation: OperationDefinitionNode | undefined;
    const normal = definitions.map((definition) => {
      if (definition.kind === Kind.OPERATION_DEFINITION) {
        if (operation || definition.operation === OperationTypeNode.SUBSCRIPTION) throw new NotNormal();
        return (operation = this.#operation(definition));
      }
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) throw new NotNormal();
      const { name, typeCondition, directives = [] } = definition;
      this.#key += `fragment ${name.value} on ${typeCondition.name.value}`;
      this.#directives(directives);
      return { ...definition, selectionSet: this.#selectionSet(definition.selectionSet, this.#schema.getType(typeCondition.name.value)) };
    });
    if (!operation) throw new NotNormal();
    for (const alias of this.#aliases.keys()) if (this.#plainNames.has(alias)) throw new NotNormal();
    const definition = { ...operation, variableDefinitions: [...(operation.variableDefinitions ?? []), ...this.#definitions] };
    return {
      key: this.#key,
      document: { kind: Kind.DOCUMENT, definitions: normal.map((each) => (each === operation ? definition : each)) },
      definition,
      literals: this.#literals,
      aliases: new Map([...this.#aliases].map(([client, own]) => [own, client])),
    };
  }

  #operation(definition: OperationDefinitionNode): OperationDefinitionNode {
    const { operation, name, variableDefinitions = [], directives = [], selectionSet } = definition;
    this.#key += `${operation}${name ? ' named' : ''}`;
    for (const variable of variableDefinitions) {
      if (OWN_NAMES.test(variable.variable.name.value)) throw new NotNormal();
      this.#key += ` ${print(variable)}`;
    }
    this.#directives(directives);
    return { ...definition, selectionSet: this.#selectionSet(selectionSet, this.#schema.getRootType(operation) ?? undefined) };
  }

  #selectionSet(set: SelectionSetNode, type: GraphQLNamedType | undefined): SelectionSetNode {
    this.#key += '{';
    const selections = set.selections.map((selection) => this.#selection(selection, type));
    this.#key += '}';
    return { kind: Kind.SELECTION_SET, selections };
  }

  #selection(selection: SelectionNode, type: GraphQLNamedType | undefined): SelectionNode {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#field(selection, type);
      case Kind.FRAGMENT_SPREAD:
        this.#key += `...${selection.name.value} `;
        this.#directives(selection.directives);
        return selection;
      case Kind.INLINE_FRAGMENT: {
        const condition = selection.typeCondition?.name.value;
        this.#key += condition === undefined ? '...' : `...on ${condition}`;
        this.#directives(selection.directives);
        const inner = condition === undefined ? type : this.#schema.getType(condition);
        return { ...selection, selectionSet: this.#selectionSet(selection.selectionSet, inner) };
      }
    }
  }

  #field(node: FieldNode, type: GraphQLNamedType | undefined): FieldNode {
    const name = node.name.value;
    if ((name.startsWith('__') && name !== '__typename') || OWN_NAMES.test(name)) throw new NotNormal();
    const alias = node.alias && node.alias.value !== name ? this.#alias(node.alias.value) : undefined;
    if (alias === undefined) this.#plainNames.add(name);
    this.#key += alias === undefined ? ` ${name}` : ` ${alias}:${name}`;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const args = node.arguments?.length ? this.#arguments(node.arguments, field) : [];
    this.#directives(node.directives);
    return {
      kind: Kind.FIELD,
      name: node.name,
      ...(alias !== undefined && { alias: { kind: Kind.NAME, value: alias } }),
      arguments: args,
      directives: node.directives ?? [],
      ...(node.selectionSet && { selectionSet: this.#selectionSet(node.selectionSet, field && getNamedType(field.type)) }),
    };
  }

  #alias(client: string): string {
    if (client.startsWith('__')) throw new NotNormal();
    let own = this.#aliases.get(client);
    if (own === undefined) this.#aliases.set(client, (own = `${ALIAS}${this.#aliases.size}`));
    return own;
  }

  #arguments(given: readonly ArgumentNode[], field: GraphQLField<unknown, unknown> | undefined): ArgumentNode[] {
    this.#key += '(';
    const normal = given.map((argument) => {
      const type = field?.args.find(({ name }) => name === argument.name.value)?.type;
      const value = (type && this.#literal(argument.value, type)) ?? argument.value;
      this.#key += `${argument.name.value}:${value.kind === Kind.VARIABLE ? `$${value.name.value}` : print(value)},`;
      return value === argument.value ? argument : { ...argument, value };
    });
    this.#key += ')';
    return normal;
  }

  /** @returns the variable in place of a literal; undefined when it stays as it is */
  #literal(node: ValueNode, type: GraphQLInputType): ValueNode | undefined {
    const nullable = getNullableType(type);
    if (!isScalarType(nullable) || !isSpecifiedScalarType(nullable)) return undefined;
    const value = valueOf(node, nullable.name);
    if (value === undefined) return undefined;
    const identity = `${nullable.name} ${node.kind} ${String(value)}`; // validation tells 1 from "1"
    let name = this.#variables.get(identity);
    if (name === undefined) {
      name = `${LITERAL}${this.#variables.size}`;
      this.#variables.set(identity, name);
      this.#literals[name] = value;
      this.#definitions.push(definitionOf(name, nullable.name));
    }
    return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
  }

  #directives(directives: readonly DirectiveNode[] = []): void {
    for (const directive of directives) {
      if (directive.name.value === 'defer' || directive.name.value === 'stream') throw new NotNormal();
      this.#key += print(directive);
    }
  }
}

/** What a literal says, as JSON; undefined when it is no value of the type. */
function valueOf(node: ValueNode, type: string): string | number | boolean | undefined {
  switch (type) {
    case 'Int': {
      const number = node.kind === Kind.INT ? Number(node.value) : NaN;
      return Math.abs(number) < 2 ** 31 ? number : undefined;
    }
    case 'Float': {
      const number = node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : NaN;
      return Number.isFinite(number) ? number : undefined;
    }
    case 'Boolean':
      return node.kind === Kind.BOOLEAN ? node.value : undefined;
    case 'String':
      return node.kind === Kind.STRING ? node.value : undefined;
    case 'ID':
      return node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined;
    default:
      return undefined;
  }
}

/** Never null, so it fits wherever the literal stood. */
function definitionOf(name: string, type: string): VariableDefinitionNode {
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } },
    type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } } },
  };
}
