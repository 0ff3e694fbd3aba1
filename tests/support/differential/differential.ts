import { parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createEngine } from '../../../gateway/create-engine.ts';
import type { Engine, GatewayResult, PreparedOperation } from '../../../gateway/engine.ts';
import type { PlannerName } from '../../../gateway/planning/planner.ts';
import { CurrentSupergraph } from '../../../gateway/supergraph/current-supergraph.ts';
import { createSeededRandom } from '../../../gateway/testing/seeded-random.ts';
import { toCode } from '../../../platform/foundation/errors.ts';
import { silentLogger } from '../../../platform/foundation/logger.ts';
import type { SubgraphSource } from '../fake-subgraph.ts';
import { callContext, createApolloPeer, createFederatedGraph, type FederatedGraph } from '../federated-graph.ts';
import { freezeCase } from '../frozen-graph/freeze-case.ts';
import { randomOperation, type RandomOperation } from '../random-operation.ts';
import { instancesOf } from '../random-supergraph/drawn-data.ts';
import { createDrawnEvents, createDrawnMonolith, type Interfere } from '../random-supergraph/drawn-monolith.ts';
import { toSubgraphs } from '../random-supergraph/drawn-resolvers.ts';
import { drawSupergraph } from '../random-supergraph/draw-supergraph.ts';
import { sprinkleDefer } from '../sprinkle-defer.ts';
import { errorsOf, errorText, findDifference, type PlacedError } from './compare-answers.ts';
import { drawInputFailure, drawInterference } from './draw-interference.ts';
import { excuseInput, excuseRequests, findComputed, readComputedFields } from './excuses.ts';
import { hiveBesideApollo, withLastPlan } from './hive-beside-apollo.ts';
import { Interferer, interferedSubgraphs } from './interference.ts';
import { findFalsehood } from './judge-failures.ts';
import { LossyWire } from './lossy-wire.ts';
import { isPossibleIn, withoutNonNull } from './possible-errors.ts';
import { runEvents, runInParts } from './run-otherwise.ts';

/**
 * What fails: nothing; fields, in the subgraphs and in the one schema alike, so that both must answer the same; an input of a field, which
 * only the subgraphs need; whole requests to subgraphs.
 */
export const TRIALS = ['nothing', 'fields', 'input', 'requests'] as const;
export type Trial = (typeof TRIALS)[number];

/** A graph drawn from a seed, as our gateway serves it and as one schema. */
export interface Differential {
  readonly seed: number;
  readonly subgraphs: readonly SubgraphSource[];
  readonly supergraphSdl: string;
  readonly schema: GraphQLSchema;
  /** The operation of a seed; undefined when that is not a valid one, or the graph has none of that kind. */
  draw(operationSeed: number, kind?: OperationKind): RandomOperation | undefined;
  /** As `run` where nothing fails: what has @defer is asked for in parts, and a subscription's events are compared one by one. */
  runOtherwise(operation: RandomOperation, planner?: PlannerName): Promise<Outcome | undefined>;
  /**
   * Asks both.
   * @param options.planner whose plans; default Apollo's
   * @param options.trial what fails; default nothing
   * @param options.seed of what fails, and how
   * @returns undefined when the planner gives up, or when the operation has nothing that can fail in this way
   */
  run(
    operation: RandomOperation,
    options?: { readonly planner?: PlannerName; readonly trial?: Trial; readonly seed?: number },
  ): Promise<Outcome | undefined>;
  /** What ApolloGateway gets wrong of an operation; undefined: nothing. */
  runApollo(operation: RandomOperation): Promise<string | undefined>;
  /** The case as two files that no longer need the generator, see `freezeCase`. */
  freeze(title: string, operation: RandomOperation, planner: PlannerName): ReturnType<typeof freezeCase>;
  stop(): Promise<void>;
}

/** Queries and mutations, queries with @defer, or subscriptions. */
export type OperationKind = 'whole' | 'in parts' | 'events';

export interface Outcome {
  readonly answer: GatewayResult;
  readonly expected: ExecutionResult;
  readonly plan: string;
  /** Whether Hive's planner left the operation to Apollo's. */
  readonly isDelegated: boolean;
  /** What is wrong; undefined: nothing. */
  readonly problem: string | undefined;
}

/** @returns undefined when composition refuses the graph of this seed */
export function openDifferential(seed: number): Differential | undefined {
  const drawn = drawSupergraph(seed);
  const serving = servingOf(seed);
  const interferer = new Interferer();
  const subgraphs = interferedSubgraphs(toSubgraphs(drawn), drawn, interferer);
  let graph: FederatedGraph;
  try {
    graph = createFederatedGraph(subgraphs, serving);
  } catch (error) {
    if (toCode(error) === 'COMPOSITION_FAILED' || (serving.contract && toCode(error) === 'SUPERGRAPH_INVALID')) return undefined;
    throw error;
  }
  const { schema, sdl } = graph.supergraph;
  const wire = new LossyWire(subgraphs);
  const interfere: Interfere = (field, ref, value) => interferer.resolve(field, ref, value);
  const monolith = createDrawnMonolith(drawn, schema, interfere);
  const computedFields = readComputedFields(subgraphs);
  const engines = new Map<PlannerName, Engine>();
  const supergraph = withLastPlan(graph.supergraph);
  const delegated = new WeakSet<PreparedOperation>();
  let isDelegated = false;
  let apollo: ReturnType<typeof createApolloPeer> | undefined;
  let allErrors: typeof monolith | undefined;

  const engineOf = (planner: PlannerName): Engine => {
    const known = engines.get(planner);
    if (known) return known;
    const byPlanner = planner === 'apollo' ? supergraph : hiveBesideApollo(supergraph, () => (isDelegated = true));
    const engine = createEngine({
      ...serving,
      supergraph: new CurrentSupergraph(byPlanner),
      clientOf: wire.clientOf,
      logger: silentLogger,
    });
    engines.set(planner, engine);
    return engine;
  };

  /** Whether some field that the operation selects has an error, also one that a null further up hides. */
  const possibleErrors = async (
    operation: RandomOperation,
    answer: GatewayResult,
    expected: ExecutionResult,
  ): Promise<(error: PlacedError) => boolean> => {
    const known = new Set(errorsOf(expected).map(errorText));
    const isKnown = (error: PlacedError): boolean => known.has(errorText(error));
    if (errorsOf(answer).every(isKnown)) return isKnown;
    return isPossibleIn(await (allErrors ??= createDrawnMonolith(drawn, withoutNonNull(schema), interfere))(operation));
  };

  return {
    seed,
    subgraphs,
    supergraphSdl: sdl,
    schema,
    draw(operationSeed, kind = 'whole') {
      const random = createSeededRandom(operationSeed);
      const isMutation = random.next() < 0.15;
      const root = {
        whole: isMutation ? schema.getMutationType() : undefined,
        'in parts': undefined,
        events: schema.getSubscriptionType(),
      }[kind];
      if (kind === 'events' && !root) return undefined;
      const depth = random.between(2, 4); // planning takes most of the time, and grows with the depth
      const options = { ...(root && { root }), depth, loose: isLoose(seed), wide: true };
      const drawnOperation = randomOperation(schema, random.next, new Set(), options);
      const operation = kind === 'in parts' ? sprinkleDefer(drawnOperation, random.next) : drawnOperation;
      return validate(schema, parse(operation.query)).length === 0 ? operation : undefined;
    },
    async run(operation, { planner = 'apollo', trial = 'nothing', seed: trialSeed = 1 } = {}) {
      const engine = engineOf(planner);
      isDelegated = false;
      const prepared = engine.prepare(operation);
      if ('refusal' in prepared) {
        if (prepared.refusal.stage === 'plan') return undefined;
        throw new Error(`the operation is refused: ${JSON.stringify(prepared.refusal)}`);
      }
      const interference =
        trial === 'fields'
          ? drawInterference(drawn, schema, operation, trialSeed)
          : trial === 'input'
            ? drawInputFailure(drawn, schema, operation, trialSeed)
            : undefined;
      if (!interference && (trial === 'fields' || trial === 'input')) return undefined;
      if (isDelegated) delegated.add(prepared.operation);
      interferer.current = interference;
      wire.loseFrom(trial === 'requests' ? trialSeed : undefined);
      try {
        const answer = await engine.execute(prepared.operation, operation.variables, callContext());
        const expected = await monolith(operation);
        const possible = await possibleErrors(operation, answer, expected);
        const isComputed = findComputed(computedFields, operation);
        const takesObject = [...(interference?.failures.keys() ?? [])].some(({ type }) => type.endsWith('!'));
        const excuse = trial === 'input' ? excuseInput(isComputed, takesObject) : excuseRequests(wire.lost(prepared.operation), isComputed);
        const problem =
          trial === 'nothing' || trial === 'fields'
            ? findDifference(answer, expected, possible)
            : findFalsehood(answer, expected, { ...excuse, possible });
        return {
          answer,
          expected,
          problem,
          isDelegated: delegated.has(prepared.operation),
          plan: problem === undefined ? '' : (engine.explain(prepared.operation) ?? ''),
        };
      } finally {
        interferer.current = undefined;
        wire.loseFrom(undefined);
      }
    },
    async runOtherwise(operation, planner = 'apollo') {
      const engine = engineOf(planner);
      isDelegated = false;
      const compared = operation.query.startsWith('subscription')
        ? await runEvents(engine, operation, await createDrawnEvents(drawn, schema)(operation), findDifference)
        : await runInParts(engine, operation, await monolith(operation));
      if (!compared) return undefined;
      const prepared = engine.prepare(operation);
      const plan = compared.problem !== undefined && 'operation' in prepared ? engine.explain(prepared.operation) : '';
      return { ...compared, plan: plan ?? '', isDelegated };
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
