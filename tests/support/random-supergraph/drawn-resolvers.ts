import { GraphQLError } from 'graphql';
import type { Resolvers, SubgraphSource, Subscriber } from '../fake-subgraph.ts';
import { EVENTS, inputText, instancesOf, findField, trueInputs, trueValue, valueOf, type Instance } from './drawn-data.ts';
import { isDeclared, type DrawnField, type DrawnGraph, type DrawnObject, type DrawnSelection } from './drawn-graph.ts';
import { writeSdl } from './write-sdl.ts';

/** An object in a subgraph, with what this subgraph was told of it. */
interface Known extends Instance {
  readonly given?: Readonly<Record<string, unknown>>;
  readonly provided?: readonly DrawnSelection[];
}

const ROOT: Known = { __typename: 'Root', ref: 'Root' };

/** Subgraphs that answer from the common data, and only what they are asked rightly: what a wrong plan asks for is an error. */
export function toSubgraphs(graph: DrawnGraph): SubgraphSource[] {
  return [...graph.subgraphs.keys()].map((name) => ({ name, sdl: writeSdl(graph, name), resolvers: resolversOf(graph, name) }));
}

function resolversOf(graph: DrawnGraph, subgraph: string): Resolvers {
  const resolvers: Record<string, Record<string, ((...args: never[]) => unknown) | Subscriber>> = {};
  const stands = [...graph.interfaces.values()].flatMap(({ object }) => object ?? []);
  for (const object of [...graph.objects.values(), ...stands]) {
    if (!object.places.has(subgraph)) continue;
    const name = object.kind === 'root' ? (graph.subgraphs.get(subgraph)?.[object.name as 'Query'] ?? object.name) : object.name;
    const own: Record<string, ((...args: never[]) => unknown) | Subscriber> = {};
    if ((object.places.get(subgraph)?.length ?? 0) > 0)
      own['__resolveReference'] = (given: Record<string, unknown>) => find(graph, object, subgraph, given);
    for (const field of object.fields.values())
      if (isDeclared(field, subgraph)) {
        const resolver = (source: Known | undefined, args: object): unknown =>
          resolve(graph, object, field, subgraph, source?.ref === undefined ? ROOT : source, args);
        own[field.name] = object.name === 'Subscription' ? { subscribe: streamEvents, resolve: resolver } : resolver;
      }
    resolvers[name] = own;
  }
  for (const { name, places, members, isEntity } of graph.interfaces.values())
    if (places.has(subgraph) && isEntity)
      resolvers[name] = {
        __resolveReference: (given: Record<string, unknown>) =>
          members
            .flatMap((member) => graph.objects.get(member) ?? [])
            .flatMap((member) => find(graph, member, subgraph, given, member.name) ?? [])[0] ?? null,
      };
  return resolvers;
}

/** The events of any subscription; a new iterator for each. */
export async function* streamEvents(): AsyncGenerator<Instance> {
  for (const event of EVENTS) yield await Promise.resolve(event);
}

/** The object that a representation means, by the first key that is whole. */
function find(graph: DrawnGraph, object: DrawnObject, subgraph: string, given: Record<string, unknown>, type?: string): Known | null {
  const keys = (object.places.get(subgraph) ?? []).filter(
    ({ resolvable, selection }) => resolvable && selection.every((part) => 'on' in part || given[part.field] !== undefined),
  );
  const [key] = keys;
  if (!key) throw new GraphQLError(`${subgraph} was asked for ${object.name} by no key of it: ${JSON.stringify(given)}`);
  const stand = [...graph.interfaces.values()].find((candidate) => candidate.object === object);
  const found = (stand ? stand.members : [object.name])
    .flatMap(instancesOf)
    .find((candidate) => fits(graph, key.selection, candidate, given));
  return found ? { ...found, __typename: type ?? (stand ? object.name : found.__typename), given } : null;
}

function fits(graph: DrawnGraph, selection: readonly DrawnSelection[], source: Instance, given: unknown): boolean {
  return selection.every((part) => {
    if ('on' in part) return true;
    const field = findField(graph, source.__typename, part.field);
    const actual = field && trueValue(graph, field, source, {});
    const told = (given as Record<string, unknown> | null)?.[part.field];
    return part.selections.length > 0 ? fits(graph, part.selections, actual as Instance, told) : actual === told;
  });
}

function resolve(graph: DrawnGraph, object: DrawnObject, field: DrawnField, subgraph: string, source: Known, args: object): unknown {
  const given = [...(field.provides.get(subgraph) ?? []), ...providedBelow(source, field.name)];
  return withProvided(answer(graph, object, field, subgraph, source, args), given.length > 0 ? given : undefined);
}

function answer(graph: DrawnGraph, object: DrawnObject, field: DrawnField, subgraph: string, source: Known, args: object): unknown {
  const { homes, override, requires, fromContext } = field;
  const isProvided = provides(source, field.name);
  if (!homes.has(subgraph) && !isProvided) {
    if (override?.from !== subgraph) throw new GraphQLError(`${subgraph} was asked for ${object.name}.${field.name}, which is external`);
    if (override.label === undefined) throw new GraphQLError(`${subgraph} was asked for ${object.name}.${field.name}, which is overridden`);
  }
  if (requires && homes.has(subgraph)) {
    const { given } = source;
    const isProvidedWhole = requires.every((selection) => 'field' in selection && provides(source, selection.field));
    if (!given && isProvidedWhole) return valueOf(graph, field, source, args, trueInputs(graph, requires, source));
    if (!given) throw new GraphQLError(`${subgraph} was asked for ${object.name}.${field.name} without what it requires`);
    return valueOf(
      graph,
      field,
      source,
      args,
      inputText(requires, given, (from, { field: name }) => (name in from ? (from as Record<string, unknown>)[name] : 'nothing')),
    );
  }
  if (fromContext) {
    const { [fromContext.argument as never]: above = null, ...rest } = args as Record<string, unknown>;
    return valueOf(graph, field, source, rest, `above ${JSON.stringify(above)}`);
  }
  return trueValue(graph, field, source, args);
}

/** What a @provides further up gives of the objects behind a field. */
function providedBelow({ provided = [], __typename: type }: Known, name: string): DrawnSelection[] {
  return provided.flatMap((selection) => {
    if ('field' in selection) return selection.field === name ? selection.selections : [];
    return selection.on === type ? providedBelow({ provided: selection.selections, __typename: type, ref: '' }, name) : [];
  });
}

function provides({ provided = [], __typename: type }: Known, name: string): boolean {
  return provided.some((selection) =>
    'on' in selection
      ? selection.on === type && selection.selections.some((inner) => 'field' in inner && inner.field === name)
      : selection.field === name,
  );
}

function withProvided(value: unknown, provided: readonly DrawnSelection[] | undefined): unknown {
  if (!provided || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((item) => withProvided(item, provided)) : { ...value, provided };
}
