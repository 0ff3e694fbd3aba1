import { ApolloGateway } from '@apollo/gateway';
import {
  buildSchema,
  graphql,
  isAbstractType,
  isObjectType,
  parse,
  printSchema,
  validate,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { createHash } from 'node:crypto';
import { createEngine, type EngineOptions } from '../../gateway/create-engine.ts';
import type { Engine, GatewayRequest, GatewayResult } from '../../gateway/engine.ts';
import type { CallContext, SubgraphClient } from '../../gateway/subgraphs/subgraph-client.ts';
import { applyContract, type Contract } from '../../gateway/supergraph/apply-contract.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { CurrentSupergraph } from '../../gateway/supergraph/current-supergraph.ts';
import type { PlannerName } from '../../gateway/planning/planner.ts';
import { createSupergraph, type Supergraph } from '../../gateway/supergraph/supergraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createInProcessClient, type InProcessClient, type SubgraphSource } from './fake-subgraph.ts';

/** One graph told twice: cut into subgraphs, and as one schema whose answers are right by definition. */
export interface Fixture {
  readonly name: string;
  readonly subgraphs: readonly SubgraphSource[];
  /** Root fields of the monolith over the same data; `Mutation` fields among them. */
  readonly rootValue: object;
}

/** An engine over a fixture's subgraphs in this process. */
export interface FederatedGraph {
  readonly engine: Engine;
  readonly supergraph: Supergraph;
  readonly clients: ReadonlyMap<string, InProcessClient>;
  /** Prepares and runs, as a transport does; a refusal becomes a result without data. */
  run(request: GatewayRequest, context?: CallContext): Promise<GatewayResult>;
}

const composed = new WeakMap<readonly SubgraphSource[], Map<PlannerName, Supergraph>>();

/** Composition is most of the time that a test takes, so each list of subgraphs is composed once. @param contract the same one for the same list */
export function composeFixture(subgraphs: readonly SubgraphSource[], planner: PlannerName = 'apollo', contract?: Contract): Supergraph {
  const byPlanner = composed.get(subgraphs) ?? new Map<PlannerName, Supergraph>();
  composed.set(subgraphs, byPlanner);
  const known = byPlanner.get(planner);
  if (known) return known;
  const [other] = byPlanner.values();
  const compose = (): string => {
    const { sdl } = composeSupergraph(
      subgraphs.map(({ name, sdl }) => ({ name, sdl, routingUrl: `http://${name}.test/graphql`, from: `${name}.graphql` })),
    );
    return contract ? applyContract(sdl, contract) : sdl;
  };
  const sdl = other?.sdl ?? compose();
  const supergraph = createSupergraph(sdl, { planner });
  byPlanner.set(planner, supergraph);
  return supergraph;
}

export interface FederatedGraphOptions {
  readonly replace?: Readonly<Record<string, SubgraphClient>>;
  readonly planner?: PlannerName;
  /** A supergraph in place of the composed one. */
  readonly sdl?: string;
  /** What clients see of it; default all. */
  readonly contract?: Contract | undefined;
}

export function createFederatedGraph(
  subgraphs: readonly SubgraphSource[],
  options: Partial<EngineOptions> & FederatedGraphOptions = {},
): FederatedGraph {
  const supergraph =
    options.sdl === undefined ? composeFixture(subgraphs, options.planner, options.contract) : createSupergraph(options.sdl);
  const clients = new Map(subgraphs.map((source) => [source.name, createInProcessClient(source)]));
  const { replace = {}, planner: _planner, sdl: _sdl, contract: _contract, ...engineOptions } = options;
  const clientOf = (name: string): SubgraphClient => {
    const client = replace[name] ?? clients.get(name);
    if (!client) throw new Error(`no client for ${name}`);
    return client;
  };
  const engine = createEngine({ supergraph: new CurrentSupergraph(supergraph), clientOf, logger: silentLogger, ...engineOptions });
  return { engine, supergraph, clients, run: (request, context) => runRequest(engine, request, context) };
}

export function callContext(signal: AbortSignal = new AbortController().signal): CallContext {
  return { headers: {}, signal };
}

export async function runRequest(engine: Engine, request: GatewayRequest, context: CallContext = callContext()): Promise<GatewayResult> {
  const prepared = engine.prepare(request);
  if ('refusal' in prepared) return { errors: prepared.refusal.errors };
  return engine.execute(prepared.operation, request.variables, context);
}

/** What one schema over the whole data answers, by graphql-js. */
export function createMonolith(
  supergraph: Pick<Supergraph, 'schema'>,
  rootValue: object,
): (request: GatewayRequest) => Promise<ExecutionResult> {
  const schema = buildSchema(printSchema(supergraph.schema));
  resolveTypesByName(schema);
  return async ({ query, variables, operationName }) => {
    const problems = validate(schema, parse(query));
    if (problems.length > 0) throw new Error(`the operation is not valid: ${problems.map(({ message }) => message).join('; ')}`);
    const result = await graphql({ schema, source: query, rootValue, variableValues: variables, operationName });
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  };
}

/** What `ApolloGateway` answers over the same subgraphs. Closed by the caller. */
export async function createApolloPeer(
  graph: FederatedGraph,
): Promise<{ run(request: GatewayRequest): Promise<ExecutionResult>; stop(): Promise<void> }> {
  const gateway = new ApolloGateway({
    supergraphSdl: graph.supergraph.sdl,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    buildService: ({ name }) => ({
      process: async ({ request }) => {
        const client = graph.clients.get(name ?? '');
        if (!client) throw new Error(`no client for ${name}`);
        return (await client.execute({ query: request.query ?? '', variables: request.variables }, callContext())) as never;
      },
    }),
  });
  const { executor } = await gateway.load({ apollo: { key: undefined, keyHash: undefined, graphRef: undefined } } as never);
  return {
    async run({ query, variables, operationName }) {
      if (!executor) throw new Error('ApolloGateway gave no executor');
      const document = parse(query);
      const queryHash = createHash('sha256').update(query).digest('hex');
      const result = await executor({
        request: { query, variables, operationName },
        document,
        queryHash,
        operationName,
        context: {},
        metrics: {},
        schema: graph.supergraph.schema,
        logger: undefined,
      } as never);
      return JSON.parse(JSON.stringify(result)) as ExecutionResult;
    },
    stop: () => gateway.stop(),
  };
}

function resolveTypesByName(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = (value: unknown) => (value as { __typename?: string }).__typename;
    if (isObjectType(type)) delete (type as { isTypeOf?: unknown }).isTypeOf;
  }
}
