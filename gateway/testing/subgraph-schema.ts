import { buildSubgraphSchema } from '@apollo/subgraph';
import { isAbstractType, isEnumType, isObjectType, isScalarType, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';

type SchemaModule = Extract<Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number], { typeDefs: unknown }>;

/** Resolvers as `buildSubgraphSchema` of @apollo/subgraph takes them, `__resolveReference` and `__resolveType` included. */
export type SubgraphResolvers = NonNullable<SchemaModule['resolvers']>;

/** A subgraph as a team writes it. */
export interface SubgraphSource {
  readonly name: string;
  readonly sdl: string | DocumentNode;
  readonly resolvers?: SubgraphResolvers;
}

/**
 * Makes a subgraph executable with Apollo's own library. Stricter than that: resolvers for what the SDL does not have are refused.
 * @throws ConfigError COMPOSITION_FAILED: the SDL cannot be read; CONFIG_INVALID: resolvers that nothing would ever call
 */
export function toSubgraphSchema({ name, sdl, resolvers }: SubgraphSource): GraphQLSchema {
  const schema = build(name, sdl, resolvers);
  const problems = Object.entries(resolvers ?? {}).flatMap(([type, fields]) => strangersIn(schema, type, fields));
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `subgraph ${name}: ${problem}`));
  return schema;
}

function build(name: string, sdl: string | DocumentNode, resolvers: SubgraphResolvers | undefined): GraphQLSchema {
  try {
    return buildSubgraphSchema([{ typeDefs: typeof sdl === 'string' ? parse(sdl) : sdl, ...(resolvers && { resolvers }) }]);
  } catch (error) {
    throw new ConfigError([`subgraph ${name}: ${toMessage(error)}`], { code: 'COMPOSITION_FAILED', cause: error });
  }
}

/** Apollo's library passes over them in silence, and a typing error would look like a field without a resolver. */
function strangersIn(schema: GraphQLSchema, typeName: string, fields: object): string[] {
  const type = schema.getType(typeName);
  if (!type) return [`resolvers for ${typeName}, but the SDL has no such type`];
  if (isScalarType(type) || isEnumType(type)) return [];
  if (!isObjectType(type) && !isAbstractType(type)) return [`resolvers for ${typeName}, which is an input type and has none`];
  const known = 'getFields' in type ? type.getFields() : {};
  return Object.keys(fields)
    .filter((field) => !field.startsWith('__') && !Object.hasOwn(known, field))
    .map((field) => `a resolver for ${typeName}.${field}, but ${typeName} has only ${Object.keys(known).join(', ') || 'no fields'}`);
}
