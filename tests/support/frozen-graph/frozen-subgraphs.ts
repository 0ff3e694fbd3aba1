import { GraphQLError, Kind, type FieldDefinitionNode, type ObjectTypeDefinitionNode, type SelectionSetNode } from 'graphql';
import type { Resolvers, SubgraphSource } from '../fake-subgraph.ts';
import { argumentOf, directivesOf, readSdl, selectionOf, type FrozenSdl } from './frozen-sdl.ts';
import { callText, inputsOf, type FrozenObject, type FrozenValues } from './frozen-values.ts';

/** An object in a subgraph, with what this subgraph was told of it. */
interface Known extends FrozenObject {
  readonly given?: Readonly<Record<string, unknown>> | undefined;
  readonly provided?: SelectionSetNode | undefined;
}

type Resolve = (source: Known | undefined, args: object) => unknown;
type Find = (given: Record<string, unknown>) => Known | null;

/** Subgraphs that answer with given values, and only what their SDL lets one ask them: what a wrong plan asks for is an error. */
export function toFrozenSubgraphs(subgraphs: readonly { name: string; sdl: string }[], values: FrozenValues): SubgraphSource[] {
  const schemas = new Map(subgraphs.map(({ name, sdl }) => [name, readSdl(sdl)]));
  return subgraphs.map(({ name, sdl }) => ({ name, sdl, resolvers: resolversOf(name, schemas, values) }));
}

function resolversOf(subgraph: string, schemas: ReadonlyMap<string, FrozenSdl>, values: FrozenValues): Resolvers {
  const { objects = [], interfaces = [] } = schemas.get(subgraph) ?? {};
  const all = [...schemas.values()].flatMap((schema) => schema.objects);
  const resolvers: Record<string, Record<string, Resolve | Find>> = {};
  for (const type of objects) {
    const name = type.name.value;
    const stands = directivesOf(type, 'interfaceObject').length > 0;
    const members = stands ? all.filter((other) => doesImplement(other, name)).map((other) => other.name.value) : [name];
    const own: Record<string, Resolve | Find> = {};
    if (directivesOf(type, 'key').length > 0) {
      own['__resolveReference'] = (given: Record<string, unknown>) => {
        const found = findObject(type, new Set(members), given, values);
        return found ? { ...found, ...(stands && { __typename: name }), given } : null;
      };
    }
    for (const field of type.fields ?? []) own[field.name.value] = resolverOf(subgraph, type, field, all, values);
    resolvers[name] = own;
  }
  for (const { name, directives = [] } of interfaces) {
    if (!directives.some((directive) => directive.name.value === 'key')) continue;
    const members = objects.filter((type) => doesImplement(type, name.value));
    resolvers[name.value] = {
      __resolveReference(given: Record<string, unknown>) {
        for (const type of members) {
          const found = findObject(type, new Set([type.name.value]), given, values);
          if (found) return { ...found, given };
        }
        return null;
      },
    };
  }
  return resolvers as Resolvers;
}

function resolverOf(
  subgraph: string,
  type: ObjectTypeDefinitionNode,
  field: FieldDefinitionNode,
  all: readonly ObjectTypeDefinitionNode[],
  values: FrozenValues,
): Resolve {
  const name = field.name.value;
  const [isExternal, required, provides] = [
    directivesOf(field, 'external').length > 0,
    selectionOf(directivesOf(field, 'requires')[0]),
    selectionOf(directivesOf(field, 'provides')[0]),
  ];
  const overrides = all
    .filter((other) => other.name.value === type.name.value)
    .flatMap((other) => other.fields?.filter((candidate) => candidate.name.value === name) ?? [])
    .flatMap((candidate) => directivesOf(candidate, 'override'));
  const isOverridden = overrides.some(
    (directive) => argumentOf(directive, 'from') === subgraph && argumentOf(directive, 'label') === undefined,
  );
  return (source, args) => {
    const object: Known = source?.ref === undefined ? { __typename: 'Root', ref: 'Root' } : source;
    if (isExternal && !isProvided(object, name))
      throw new GraphQLError(`${subgraph} was asked for ${type.name.value}.${name}, which is external`);
    if (isOverridden) throw new GraphQLError(`${subgraph} was asked for ${type.name.value}.${name}, which is overridden`);
    if (required && !object.given && !isProvidedWhole(object, required))
      throw new GraphQLError(`${subgraph} was asked for ${type.name.value}.${name} without what it requires`);
    const inputs = required && (object.given ? inputsOf(required, object.given) : 'what is provided');
    return withProvided(valueOf(values, object.ref, callText(name, args, inputs)), provides);
  };
}

function valueOf(values: FrozenValues, ref: string, call: string): unknown {
  const own = values[ref];
  if (!own || !(call in own)) throw new GraphQLError(`the frozen data has no value for ${ref}.${call}`);
  const value = own[call];
  if (typeof value === 'object' && value !== null && 'throws' in value) throw new GraphQLError(String(value.throws));
  return value;
}

/** The object that a representation means, by the first key that is whole. */
function findObject(
  type: ObjectTypeDefinitionNode,
  members: ReadonlySet<string>,
  given: Record<string, unknown>,
  values: FrozenValues,
): Known | undefined {
  const key = directivesOf(type, 'key')
    .filter((directive) => argumentOf(directive, 'resolvable') !== false)
    .flatMap((directive) => selectionOf(directive) ?? [])
    .find(({ selections }) => selections.every((part) => part.kind !== Kind.FIELD || given[part.name.value] !== undefined));
  if (!key) throw new GraphQLError(`${type.name.value} was asked for by no key of it: ${JSON.stringify(given)}`);
  const found = Object.entries(values).find(([ref, own]) => members.has(String(own['__typename'])) && doesFit(key, ref, given, values));
  return found && { __typename: String(found[1]['__typename']), ref: found[0] };
}

function doesFit(key: SelectionSetNode, ref: string, given: unknown, values: FrozenValues): boolean {
  return key.selections.every((part) => {
    if (part.kind !== Kind.FIELD) return true;
    const actual = values[ref]?.[part.name.value];
    const told = (given as Record<string, unknown> | null)?.[part.name.value];
    return part.selectionSet ? doesFit(part.selectionSet, (actual as FrozenObject).ref, told, values) : actual === told;
  });
}

function doesImplement({ interfaces = [] }: ObjectTypeDefinitionNode, name: string): boolean {
  return interfaces.some((other) => other.name.value === name);
}

function isProvided({ provided, __typename: type }: Known, name: string): boolean {
  const has = (set: SelectionSetNode): boolean => set.selections.some((part) => part.kind === Kind.FIELD && part.name.value === name);
  return (
    provided !== undefined &&
    (has(provided) ||
      provided.selections.some(
        (part) => part.kind === Kind.INLINE_FRAGMENT && part.typeCondition?.name.value === type && has(part.selectionSet),
      ))
  );
}

function isProvidedWhole(object: Known, { selections }: SelectionSetNode): boolean {
  return selections.every((part) => part.kind === Kind.FIELD && isProvided(object, part.name.value));
}

function withProvided(value: unknown, provided: SelectionSetNode | undefined): unknown {
  if (!provided || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((item) => withProvided(item, provided)) : { ...value, provided };
}
