import {
  doTypesOverlap,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Values that the fixtures know, so that arguments find something. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ID: ['"1"', '"2"', '"b1"', '"f1"', '"r1"', '"m1"', '"s1"', '"nobody"'],
  String: ['"EUR"', '"USD"', '"t"'],
};

/**
 * A query over a schema as a client might write it: aliases, arguments, variables, fragments, conditions, the same field twice.
 * It is not always valid (two fields may clash): the caller validates and draws again.
 * @param random in [0, 1)
 * @param leaveOut coordinates such as `User.email` that are not selected
 * @param options.root whose fields it asks for; default the query type
 * @param options.depth most levels of objects below objects; default 4
 * @param options.loose also fragments without a type, on objects and on interfaces, and several conditions on one variable; default false
 * @param options.wide also fragments on whatever overlaps with a type, and variables of every type, wherever a value may be; default false
 */
export function randomOperation(
  schema: GraphQLSchema,
  random: () => number,
  leaveOut: ReadonlySet<string> = new Set(),
  {
    root = schema.getQueryType(),
    depth: levels = 4,
    loose = false,
    wide = false,
  }: { root?: GraphQLObjectType | null | undefined; depth?: number; loose?: boolean; wide?: boolean } = {},
): RandomOperation {
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];
  const asked: string[] = []; // by conditions

  const newVariable = (type: string, value: unknown, withDefault?: string): string => {
    const name = `v${definitions.length}`;
    definitions.push(`$${name}: ${type}${withDefault === undefined ? '' : ` = ${withDefault}`}`);
    if (withDefault === undefined || chance(0.5)) variables[name] = value;
    return `$${name}`;
  };

  /** A variable of any type, which its client may leave away or give as null where that is allowed. */
  const wideVariable = (type: GraphQLInputType): string => {
    const variable = newVariable(String(type), jsonValue(type), chance(0.3) ? bareLiteral(type) : undefined);
    if (!isNonNullType(type) && chance(0.15)) delete variables[variable.slice(1)];
    return variable;
  };

  const jsonValue = (type: GraphQLInputType): unknown => {
    if (isNonNullType(type)) return jsonValue(type.ofType);
    if (isListType(type))
      return chance(0.2) ? jsonValue(type.ofType) : Array.from({ length: Math.floor(random() * 3) }, () => jsonItem(type.ofType));
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || chance(0.4));
      return Object.fromEntries(given.map((field) => [field.name, jsonItem(field.type)]));
    }
    if (!(type.name in KNOWN) && !['Int', 'Float', 'Boolean'].includes(type.name))
      return pick<unknown>(['x', 7, { a: [1, null] }, [], false]);
    return JSON.parse(bareLiteral(type)) as unknown;
  };
  const jsonItem = (type: GraphQLInputType): unknown => (!isNonNullType(type) && chance(0.1) ? null : jsonValue(type));

  const literal = (type: GraphQLInputType): string => {
    if (wide && chance(0.15)) return wideVariable(type);
    if (wide && !isNonNullType(type) && chance(0.05)) return 'null';
    return bareLiteral(type, literal);
  };

  /** @param inner how the values within are written; default bare, as in a variable's default */
  const bareLiteral = (type: GraphQLInputType, inner?: (type: GraphQLInputType) => string): string => {
    const within = inner ?? bareLiteral;
    if (isNonNullType(type)) return bareLiteral(type.ofType, inner);
    if (isListType(type)) return `[${Array.from({ length: Math.floor(random() * 3) }, () => within(type.ofType)).join(', ')}]`;
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || chance(0.3));
      return `{${given.map((field) => `${field.name}: ${within(field.type)}`).join(', ')}}`;
    }
    if (type.name === 'Int') return String(1 + Math.floor(random() * 3));
    if (type.name === 'Float') return '1.5';
    if (type.name === 'Boolean') return String(chance(0.5));
    if (wide && inner && !(type.name in KNOWN) && chance(0.3)) return `{a: [${inner(type)}, 1e2]}`;
    return pick(KNOWN[type.name] ?? ['"x"', '7', '{a: [1]}']);
  };

  const argument = ({ name, type }: GraphQLArgument): string => {
    const value = literal(type);
    const nullable = getNullableType(type);
    const isPlain =
      !value.includes('$') && value !== 'null' && isLeafType(nullable) && ['ID', 'Int', 'String', 'Boolean'].includes(nullable.name);
    if (!isPlain || !chance(0.4)) return `${name}: ${value}`;
    return `${name}: ${newVariable(String(type), JSON.parse(value), chance(0.3) ? bareLiteral(type) : undefined)}`;
  };

  const conditionVariable = (): string => {
    if (loose && asked.length > 0 && chance(0.5)) return pick(asked);
    const variable = newVariable('Boolean!', chance(0.6));
    asked.push(variable);
    return variable;
  };

  const condition = (probability = 0.15): string => {
    if (!chance(probability)) return '';
    const value = chance(0.7) ? conditionVariable() : String(chance(0.6));
    return ` @${pick(['skip', 'include'])}(if: ${value})`;
  };

  const field = (definition: GraphQLField<unknown, unknown>, depth: number, mayBeLeftOut = true): string => {
    const given = definition.args.filter((arg) => (isNonNullType(arg.type) && arg.defaultValue === undefined) || chance(0.4));
    const args = given.length > 0 ? `(${given.map(argument).join(', ')})` : '';
    const alias = chance(0.12) ? `${pick(['a', 'b', 'id', 'upc', 'x', 'constructor'])}: ` : '';
    const type = getNamedType(definition.type);
    return `${alias}${definition.name}${args}${mayBeLeftOut ? condition() : ''}${isLeafType(type) ? '' : ` ${selection(type, depth - 1)}`}`;
  };

  const selection = (type: GraphQLNamedType, depth: number): string => {
    const parts: string[] = [];
    const fields = 'getFields' in type && !isInputObjectType(type) ? Object.values(type.getFields()) : [];
    const usable = fields.filter(
      (candidate) => !leaveOut.has(`${type.name}.${candidate.name}`) && (depth > 0 || isLeafType(getNamedType(candidate.type))),
    );
    const count = 1 + Math.floor(random() * 4);
    for (let index = 0; index < count && usable.length > 0; index += 1) parts.push(field(pick(usable), depth));
    if (chance(0.2)) parts.push(chance(0.3) ? 'kind: __typename' : '__typename');
    if (wide && depth > 0 && chance(0.25)) {
      const overlapping = pick<GraphQLNamedType | undefined>(overlappingTypes(schema, type));
      if (overlapping) parts.push(fragment(overlapping, depth));
    }
    if (isAbstractType(type)) {
      for (const possible of narrower(schema, type)) if (chance(0.6)) parts.push(fragment(possible, depth));
    } else if (chance(0.15) && depth > 0) parts.push(fragment(type as GraphQLObjectType, depth));
    if (loose && depth > 0 && chance(0.3)) parts.push(`...${condition(0.7)} ${selection(type, depth - 1)}`);
    if (parts.length === 0) parts.push('__typename');
    return `{ ${parts.join(' ')} }`;
  };

  const fragment = (type: GraphQLNamedType, depth: number): string => {
    if (chance(0.7)) return `... on ${type.name}${condition()} ${selection(type, depth - 1)}`;
    const name = `F${fragments.length}`;
    fragments.push(''); // keeps the name
    fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} ${selection(type, depth - 1)}`;
    return `...${name}${condition()}`;
  };

  if (!root) throw new Error('the schema has no queries');
  const kind = root === schema.getMutationType() ? 'mutation' : root === schema.getSubscriptionType() ? 'subscription' : 'query';
  const body = kind === 'subscription' ? `{ ${field(pick(Object.values(root.getFields())), levels, false)} }` : selection(root, levels);
  return {
    query: `${kind} Q${definitions.length > 0 ? `(${definitions.join(', ')})` : ''} ${body} ${fragments.join(' ')}`,
    variables,
  };
}

function narrower(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLNamedType[] {
  if (isUnionType(type)) return type.getTypes();
  return isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
}

/** Interfaces and unions that have a member in common with the type. */
function overlappingTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (other) => other !== type && isAbstractType(other) && isCompositeType(type) && doTypesOverlap(schema, type, other),
  );
}
