import { parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createSeededRandom } from '../../../gateway/testing/seeded-random.ts';
import type { GatewayResult } from '../../../gateway/engine.ts';
import type { PlannerName } from '../../../gateway/planning/planner.ts';
import type { SubgraphClient } from '../../../gateway/subgraphs/subgraph-client.ts';
import { toCode } from '../../../platform/foundation/errors.ts';
import { createApolloPeer, createFederatedGraph, type FederatedGraph } from '../federated-graph.ts';
import type { SubgraphSource } from '../fake-subgraph.ts';
import { freezeCase } from '../frozen-graph/freeze-case.ts';
import { randomOperation, type RandomOperation } from '../random-operation.ts';
import { instancesOf } from '../random-supergraph/drawn-data.ts';
import { createDrawnMonolith } from '../random-supergraph/drawn-monolith.ts';
import { toSubgraphs } from '../random-supergraph/drawn-resolvers.ts';
import { drawSupergraph } from '../random-supergraph/draw-supergraph.ts';
import { findDifference, findFalsehood } from './compare-answers.ts';
import { unreliableClient } from './unreliable-client.ts';

/** A graph drawn from a seed, as our gateway serves it and as one schema. */
export interface Differential {
  readonly seed: number;
  readonly subgraphs: readonly SubgraphSource[];
  readonly supergraphSdl: string;
  readonly schema: GraphQLSchema;
  /** The operation of a seed; undefined when that is not a valid one. */
  draw(operationSeed: number): RandomOperation | undefined;
  /**
   * Asks both; undefined when the planner gives up.
   * @param options.failing subgraphs fail as this seed says, and what is still answered must be right
   * @param options.planner whose plans; default Apollo's
   */
  run(
    operation: RandomOperation,
    options?: { readonly failing?: number | undefined; readonly planner?: PlannerName },
  ): Promise<Outcome | undefined>;
  /** What ApolloGateway gets wrong of an operation; undefined: nothing. */
  runApollo(operation: RandomOperation): Promise<string | undefined>;
  /** The case as two files that no longer need the generator, see `freezeCase`. */
  freeze(title: string, operation: RandomOperation, planner: PlannerName): ReturnType<typeof freezeCase>;
  stop(): Promise<void>;
}

export interface Outcome {
  readonly answer: GatewayResult;
  readonly expected: ExecutionResult;
  readonly plan: string;
  /** What is wrong; undefined: nothing. */
  readonly problem: string | undefined;
}

/** @returns undefined when composition refuses the graph of this seed */
export function openDifferential(seed: number): Differential | undefined {
  const drawn = drawSupergraph(seed);
  const serving = servingOf(seed);
  const subgraphs = toSubgraphs(drawn);
  let graph: FederatedGraph;
  try {
    graph = createFederatedGraph(subgraphs, serving);
  } catch (error) {
    if (toCode(error) === 'COMPOSITION_FAILED' || (serving.contract && toCode(error) === 'SUPERGRAPH_INVALID')) return undefined;
    throw error;
  }
  const { schema, sdl } = graph.supergraph;
  const monolith = createDrawnMonolith(drawn, schema);
  let apollo: ReturnType<typeof createApolloPeer> | undefined;

  return {
    seed,
    subgraphs,
    supergraphSdl: sdl,
    schema,
    draw(operationSeed) {
      const random = createSeededRandom(operationSeed);
      const root = random.next() < 0.15 ? schema.getMutationType() : undefined;
      const depth = random.between(2, 4); // planning takes most of the time, and grows with the depth
      const operation = randomOperation(schema, random.next, new Set(), { ...(root && { root }), depth, loose: isLoose(seed) });
      return validate(schema, parse(operation.query)).length === 0 ? operation : undefined;
    },
    async run(operation, { failing, planner = 'apollo' } = {}) {
      const replace = failing === undefined ? {} : unreliable(graph, failing);
      const asked =
        failing === undefined && planner === 'apollo' ? graph : createFederatedGraph(subgraphs, { ...serving, replace, planner });
      const [answer, expected] = [await asked.run(operation), await monolith(operation)];
      if (answer.errors?.[0]?.extensions?.['code'] === 'PLANNING_FAILED') return undefined;
      const problem =
        failing === undefined ? findDifference(answer, expected) : expected.data ? findFalsehood(answer, expected) : undefined;
      return { answer, expected, problem, plan: problem === undefined ? '' : explain(asked, operation) };
    },
    async runApollo(operation) {
      const { run } = await (apollo ??= createApolloPeer(graph));
      const [answer, expected] = [
        await run(operation).catch((error: unknown) => ({ data: String(error) as never })),
        await monolith(operation),
      ];
      return findDifference(answer, expected);
    },
    async freeze(title, operation, planner) {
      const entities = [...drawn.objects.values()].filter(({ kind }) => kind === 'entity').flatMap(({ name }) => instancesOf(name));
      return freezeCase(title, { subgraphs, operation, planner, expected: await monolith(operation), entities });
    },
    stop: async () => (await apollo)?.stop(),
  };
}

/** Some graphs are served under a contract, some while their progressive overrides hold, and most as they are. By the seed's last digit. */
function servingOf(seed: number): Pick<Parameters<typeof createFederatedGraph>[1] & object, 'contract' | 'overrideLabels' | 'drawPercent'> {
  const digit = seed % 10;
  return {
    ...(digit >= 8 && { contract: { include: [], exclude: ['team'] } }),
    ...((digit === 3 || digit === 7) && { overrideLabels: ['beta'], drawPercent: () => (seed / 10) % 100 }),
  };
}

/** Of a third of the graphs, operations also have fragments without a type; those of the others stay what they were before such were drawn. */
function isLoose(seed: number): boolean {
  return [1, 2, 3].includes(seed % 9);
}

function unreliable({ clients }: FederatedGraph, seed: number): Record<string, SubgraphClient> {
  const { next } = createSeededRandom(seed);
  return Object.fromEntries([...clients].map(([name, client]) => [name, unreliableClient(client, next)]));
}

function explain({ engine }: FederatedGraph, operation: RandomOperation): string {
  const prepared = engine.prepare(operation);
  return 'operation' in prepared ? (engine.explain(prepared.operation) ?? '') : 'it was refused';
}
