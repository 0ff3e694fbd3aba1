import type { ExecutionResult } from 'graphql';
import { PLANNERS, type PlannerName } from '../../../gateway/planning/planner.ts';
import type { Resolvers, SubgraphSource } from '../fake-subgraph.ts';
import { createFederatedGraph } from '../federated-graph.ts';
import type { RandomOperation } from '../random-operation.ts';
import { writeDocuments, type FrozenFacts } from './frozen-case.ts';
import { directivesOf, readSdl, selectionOf } from './frozen-sdl.ts';
import { callText, inputsOf, type FrozenObject } from './frozen-values.ts';

/**
 * Writes a case down, with every value that either planner's plans ask the subgraphs for.
 * @param entities all objects that have a key: a subgraph finds one by its key among them
 * @returns texts of the two files of a case, as `readFrozenCases` reads them
 */
export async function freezeCase(
  title: string,
  {
    subgraphs,
    operation,
    planner,
    expected,
    entities,
  }: {
    subgraphs: readonly SubgraphSource[];
    operation: RandomOperation;
    planner: PlannerName;
    expected: ExecutionResult;
    entities: readonly FrozenObject[];
  },
): Promise<{ documents: string; facts: string }> {
  const values: Record<string, Record<string, unknown>> = {};
  const record = (ref: string, call: string, value: unknown): void => {
    (values[ref] ??= {})[call] = value;
  };
  const recorded = subgraphs.map((source) => ({ ...source, resolvers: recording(source, record) }));
  for (const { __typename, ref } of entities) record(ref, '__typename', __typename);
  for (const source of recorded) readKeys(source, entities);
  for (const name of PLANNERS) await createFederatedGraph(recorded, { planner: name }).run(operation);
  const facts: FrozenFacts = { planner, variables: operation.variables, expected, values };
  return { documents: writeDocuments(title, subgraphs, operation.query), facts: `${JSON.stringify(facts, null, 2)}\n` };
}

type Record_ = (ref: string, call: string, value: unknown) => void;
type Known = FrozenObject & { readonly given?: object };

function recording({ sdl, resolvers }: SubgraphSource, record: Record_): Resolvers {
  const { objects } = readSdl(sdl);
  return Object.fromEntries(
    Object.entries(resolvers).map(([type, fields]) => {
      const definition = objects.find((object) => object.name.value === type);
      const own = Object.entries(fields).map(([name, resolve]) => {
        if (name.startsWith('__') || typeof resolve !== 'function') return [name, resolve] as const;
        const field = definition?.fields?.find((candidate) => candidate.name.value === name);
        const required = field && selectionOf(directivesOf(field, 'requires')[0]);
        const recorder = (source: Known | undefined, args: object): unknown => {
          const inputs = required && (source?.given ? inputsOf(required, source.given) : 'what is provided');
          const call = callText(name, args, inputs);
          try {
            const value: unknown = (resolve as (source: unknown, args: object) => unknown)(source, args);
            record(source?.ref ?? 'Root', call, toPlain(value));
            return value;
          } catch (error) {
            record(source?.ref ?? 'Root', call, { throws: (error as Error).message });
            throw error;
          }
        };
        return [name, recorder] as const;
      });
      return [type, Object.fromEntries(own)];
    }),
  ) as Resolvers;
}

/** Asks for the keys of all entities that the subgraph has, and for the keys of what stands in these. */
function readKeys({ sdl, resolvers }: SubgraphSource, entities: readonly FrozenObject[]): void {
  for (const type of readSdl(sdl).objects) {
    const keys = directivesOf(type, 'key').flatMap((directive) => selectionOf(directive) ?? []);
    const members = entities.filter(({ __typename }) => __typename === type.name.value);
    const read = (set: (typeof keys)[number], source: FrozenObject): void => {
      for (const part of set.selections) {
        if (part.kind !== 'Field') continue;
        const resolve = resolvers[source.__typename]?.[part.name.value] as ((source: unknown, args: object) => unknown) | undefined;
        const value = resolve?.(source, {});
        if (part.selectionSet && value !== undefined) read(part.selectionSet, value as FrozenObject);
      }
    };
    for (const member of members) for (const key of keys) read(key, member);
  }
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null || !('ref' in value)) return value;
  const { __typename, ref } = value as FrozenObject;
  return { __typename, ref };
}
