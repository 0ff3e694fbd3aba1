import { graphql, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { mapAsyncIterable } from '../../platform/foundation/map-async-iterable.ts';
import { startSubgraph, type RunningSubgraph } from '../../gateway/testing/start-subgraph.ts';
import { toSubgraphSchema as toKitSchema, type SubgraphResolvers } from '../../gateway/testing/subgraph-schema.ts';
import type {
  CallContext,
  SubgraphClient,
  SubgraphRequest,
  SubgraphResponse,
  SubscribeContext,
} from '../../gateway/subgraphs/subgraph-client.ts';

type Resolver = (parent: never, args: never, context: never, info: never) => unknown;
export type Subscriber = { readonly subscribe: Resolver; readonly resolve?: Resolver };
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver | Subscriber | object>>>>;

/** A subgraph as a team would write it: SDL and resolvers. */
export interface SubgraphSource {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

/** The test kit's, for resolvers typed as tests like them. */
export function toSubgraphSchema({ name, sdl, resolvers }: SubgraphSource): GraphQLSchema {
  return toKitSchema({ name, sdl, resolvers: resolvers as SubgraphResolvers });
}

export interface InProcessClient extends SubgraphClient {
  /** Every request that arrived, in order; cleared by the test that wants to count. */
  readonly requests: SubgraphRequest[];
}

/** Making a schema takes longer than most tests ask it, and some make many graphs of the same subgraphs. */
const schemas = new WeakMap<SubgraphSource, GraphQLSchema>();

/** Talks to a subgraph in the same process. Requests and answers go through JSON, as they would over the network. */
export function createInProcessClient(source: SubgraphSource): InProcessClient {
  const schema = schemas.get(source) ?? toSubgraphSchema(source);
  schemas.set(source, schema);
  const requests: SubgraphRequest[] = [];
  return {
    name: source.name,
    requests,
    async execute(request, context) {
      requests.push(request);
      return overTheWire(await graphql(toArgs(schema, request, context)));
    },
    subscribe(request, context) {
      requests.push(request);
      return openStream(schema, request, context);
    },
    stop() {},
  };
}

/** What a client would do if it answered with prepared answers, in order; the last one is repeated. A function is called, an Error is thrown. */
export type Answer = unknown;

export function createScriptedClient(
  name: string,
  ...answers: (Answer | ((request: SubgraphRequest, context: CallContext) => Answer))[]
): InProcessClient {
  const requests: SubgraphRequest[] = [];
  return {
    name,
    requests,
    async execute(request, context) {
      requests.push(request);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      const settled: unknown = await (typeof answer === 'function'
        ? (answer as (request: SubgraphRequest, context: CallContext) => unknown)(request, context)
        : answer);
      if (settled instanceof Error) throw settled;
      return structuredClone(settled) as SubgraphResponse;
    },
    subscribe() {
      throw new Error(`${name} has no subscriptions`);
    },
    stop() {},
  };
}

/** Serves a subgraph on a port of the system's choice. Stopped by the caller. */
export function startFakeSubgraph(source: SubgraphSource): Promise<RunningSubgraph> {
  return startSubgraph({ name: source.name, schema: toSubgraphSchema(source) });
}

function openStream(schema: GraphQLSchema, request: SubgraphRequest, context: SubscribeContext): AsyncIterableIterator<SubgraphResponse> {
  let opened: Promise<AsyncIterableIterator<SubgraphResponse>> | undefined;
  const open = async (): Promise<AsyncIterableIterator<SubgraphResponse>> => {
    const { source: _source, ...args } = toArgs(schema, request, context);
    const result = await subscribe({ ...args, document: parse(request.query) });
    if (Symbol.asyncIterator in result) return mapAsyncIterable(result, overTheWire);
    return mapAsyncIterable(once(result), overTheWire);
  };
  return {
    next: async () => (await (opened ??= open())).next(),
    return: async () => (await (opened ??= open())).return?.() ?? { value: undefined, done: true },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}

function toArgs(schema: GraphQLSchema, { query, variables, operationName }: SubgraphRequest, { headers }: Pick<CallContext, 'headers'>) {
  return {
    schema,
    source: query,
    variableValues: variables === undefined ? undefined : (JSON.parse(JSON.stringify(variables)) as Record<string, unknown>),
    operationName,
    contextValue: { headers },
  };
}

function overTheWire(result: ExecutionResult): SubgraphResponse {
  return JSON.parse(JSON.stringify(result)) as SubgraphResponse;
}
