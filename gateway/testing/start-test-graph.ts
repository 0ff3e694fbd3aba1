import type { DocumentNode } from 'graphql';
import type { IncomingHttpHeaders } from 'node:http';
import { ConfigError } from '../../platform/foundation/errors.ts';
import { pause } from '../../platform/foundation/backoff.ts';
import { ReleaseStack } from '../../platform/foundation/lifecycle.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { readGatewayConfig } from '../config.ts';
import { createGatewayService } from '../service.ts';
import { composeSupergraph, type SubgraphDefinition } from '../supergraph/compose.ts';
import { fetchSdl } from '../supergraph/fetch-sdl.ts';
import { createSupergraph } from '../supergraph/supergraph.ts';
import { OPERATION_HEADER, createCallRecorder, textOf, type SubgraphCall } from './call-recorder.ts';
import { checkOperation, checkSubgraphs } from './check-test-graph.ts';
import { createGatewayClient } from './gateway-client.ts';
import { planText } from './plan-text.ts';
import { startSubgraph } from './start-subgraph.ts';
import { toSubgraphSchema, type SubgraphResolvers } from './subgraph-schema.ts';
import { createSubscriptionGate } from './subscription-gate.ts';
import { TestResult, type OperationRecord, type ThrownError } from './test-result.ts';
import { TestSubscription } from './test-subscription.ts';

/** A subgraph that the kit serves: SDL with resolvers for @apollo/subgraph. What `fakeSubgraph` gives is one. */
export interface LocalSubgraph {
  readonly sdl: string | DocumentNode;
  readonly resolvers?: SubgraphResolvers;
  /** What resolvers get as their third argument, made for each operation; default `{ headers }`. */
  readonly context?: (request: { readonly headers: IncomingHttpHeaders }) => unknown;
}

/** A subgraph that runs elsewhere. */
export interface RemoteSubgraph {
  readonly url: string;
  /** Default: the subgraph is asked, for 5 seconds at most. */
  readonly sdl?: string | DocumentNode;
}

export interface TestGraphOptions {
  /** By name. */
  readonly subgraphs: Readonly<Record<string, LocalSubgraph | RemoteSubgraph>>;
  /** The gateway's variables, as in its environment: `{ GATEWAY_FORWARD_HEADERS: 'authorization,x-tenant' }`. Nothing is logged unless LOG_LEVEL says so. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestOperation {
  readonly query: string | DocumentNode;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Of the client. Subgraphs get those that the gateway forwards: `authorization`, `traceparent`, `tracestate` by default. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A federated graph that runs for a test: `await using graph = await startTestGraph(…)`, or `stop` it yourself. */
export interface TestGraph extends AsyncDisposable {
  /** The gateway: `http://127.0.0.1:port/graphql`, for clients of your own. */
  readonly url: string;
  /** The composed supergraph. */
  readonly supergraphSdl: string;
  /** Names of the subgraphs. */
  readonly services: readonly string[];
  /** What the subgraphs were asked since the start, in order. */
  readonly calls: readonly SubgraphCall[];
  /** What resolvers of the kit's own subgraphs threw since the start, with their stacks. */
  readonly thrown: readonly ThrownError[];
  /** Sends a query or mutation to the gateway over HTTP. Errors of GraphQL are in the result. */
  execute<Data = Record<string, unknown>>(operation: TestOperation): Promise<TestResult<Data>>;
  /**
   * Subscribes at the gateway; settles once the stream is open at a subgraph of the kit, so that events from then on arrive.
   * @param operation.over default `sse`
   */
  subscribe<Data = Record<string, unknown>>(
    operation: TestOperation & { readonly over?: 'sse' | 'websocket' },
  ): Promise<TestSubscription<Data>>;
  /** The plan of an operation as text, without running it. @throws Error when the gateway would refuse it */
  planOf(query: string | DocumentNode, operationName?: string): string;
  /** Ends subscriptions, the gateway and the kit's subgraphs. May be called again. */
  stop(): Promise<void>;
}

const SDL_WITHIN_MS = 5_000;
const OPEN_WITHIN_MS = 5_000;
const STOP_WITHIN_MS = 2_000;

/**
 * Starts subgraphs and the gateway on ports of the system's choice on 127.0.0.1: the real composition, planner, executor and transports.
 * @throws ConfigError COMPOSITION_FAILED with every problem, its code and its subgraph | CONFIG_INVALID (options, gateway variables)
 */
export async function startTestGraph(options: TestGraphOptions): Promise<TestGraph> {
  checkSubgraphs(options);
  const config = readGatewayConfig({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json', GATEWAY_PORT: '0', ...options.env });
  const stack = new ReleaseStack();
  const services = Object.keys(options.subgraphs);
  const thrown: (ThrownError & { readonly operation: string | undefined })[] = [];
  const gate = createSubscriptionGate((service) => !('url' in (options.subgraphs[service] ?? {})));
  const recorder = createCallRecorder(gate.onSent);

  const startLocal = async (name: string, subgraph: LocalSubgraph): Promise<SubgraphDefinition> => {
    const running = stack.use(
      await startSubgraph({
        name,
        schema: toSubgraphSchema({ name, ...subgraph }),
        ...(subgraph.context && { context: subgraph.context }),
        onErrors(errors, headers) {
          const operation = recorder.operationOf(String(headers['x-request-id']));
          for (const { originalError, path } of errors) {
            if (originalError) thrown.push({ service: name, path: (path ?? []).join('.'), error: originalError, operation });
          }
        },
        onSubscribed: (request) => gate.onArrived(name, request),
      }),
    );
    return { name, routingUrl: running.url, sdl: textOf(subgraph.sdl), from: name };
  };
  const findRemote = async (name: string, { url, sdl }: RemoteSubgraph): Promise<SubgraphDefinition> => {
    const signal = AbortSignal.timeout(SDL_WITHIN_MS);
    const text = sdl === undefined ? await fetchSdl({ name, url, where: 'startTestGraph', logger: silentLogger, signal }) : textOf(sdl);
    return { name, routingUrl: url, sdl: text, from: name };
  };
  const startGateway = async () => {
    const settled = await Promise.allSettled(
      Object.entries(options.subgraphs).map(([name, subgraph]) =>
        'url' in subgraph ? findRemote(name, subgraph) : startLocal(name, subgraph),
      ),
    );
    const failures = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    if (failures.length > 0) throw together(failures);
    const definitions = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const supergraph = createSupergraph(composeSupergraph(definitions).sdl);
    let url = '';
    const gateway = createGatewayService(
      { ...config, forwardHeaders: [...config.forwardHeaders, OPERATION_HEADER] },
      { supergraph, observeClient: recorder.observe, onListening: (at) => (url = at), sharePlans: false }, // tests read what they wrote
    );
    stack.defer(() => gateway.stop({ deadlineMs: STOP_WITHIN_MS }));
    await gateway.start();
    return { url, supergraph, client: stack.use(createGatewayClient(url)) };
  };

  const { url, supergraph, client } = await startGateway().catch(async (error: unknown) => {
    await stack.release(Date.now() + STOP_WITHIN_MS).catch(() => undefined); // the first error is the one to tell
    throw error;
  });
  let stopped: Promise<void> | undefined;
  let operations = 0;
  const recordOf = (id: string, { query, operationName }: TestOperation): OperationRecord => ({
    services,
    calls: recorder.callsOf(id),
    get thrown() {
      return thrown.filter(({ operation }) => operation === id);
    },
    get plan() {
      return planText(supergraph, textOf(query), operationName);
    },
  });
  const begin = (what: string, operation: TestOperation & { readonly over?: unknown }) => {
    if (stopped) throw new Error(`expected a running graph for ${what}, but it was stopped`);
    checkOperation(what, operation);
    const id = String((operations += 1));
    const { query, operationName, variables, headers } = operation;
    return {
      id,
      record: recordOf(id, operation),
      request: { query: textOf(query), operationName, variables },
      headers: { ...headers, [OPERATION_HEADER]: id },
    };
  };

  return {
    url,
    services,
    supergraphSdl: supergraph.sdl,
    calls: recorder.calls,
    thrown,
    async execute<Data>(operation: TestOperation) {
      const { request, headers, record } = begin('execute', operation);
      return new TestResult<Data>(await client.execute(request, headers), record);
    },
    async subscribe<Data>(operation: TestOperation & { readonly over?: 'sse' | 'websocket' }) {
      const { id, request, headers, record } = begin('subscribe', operation);
      const opened = gate.opened(id);
      const stream = client.subscribe(request, headers, operation.over ?? 'sse');
      const subscription = new TestSubscription<Data>(stream.results, record, () => stream.end());
      const patience = new AbortController();
      const late = pause(OPEN_WITHIN_MS, patience.signal).then(() => 'late' as const);
      const outcome = await Promise.race([opened, subscription.firstArrived, late]);
      patience.abort();
      if (outcome !== 'late') return subscription;
      await subscription.return();
      throw new Error(`expected the subscription to open at its subgraph within ${OPEN_WITHIN_MS} ms, and it did not: ${request.query}`);
    },
    planOf: (query, operationName) => planText(supergraph, textOf(query), operationName),
    stop: () => (stopped ??= stack.release(Date.now() + STOP_WITHIN_MS)),
    [Symbol.asyncDispose]: () => (stopped ??= stack.release(Date.now() + STOP_WITHIN_MS)),
  };
}

/** All subgraphs' problems at once; a bug before them. */
function together(failures: readonly unknown[]): unknown {
  const bug = failures.find((failure) => !(failure instanceof ConfigError));
  const known = failures.filter((failure) => failure instanceof ConfigError);
  const [first] = known;
  if (bug !== undefined || !first) return bug;
  return new ConfigError(
    known.flatMap(({ problems }) => problems),
    { code: first.code, cause: first },
  );
}
