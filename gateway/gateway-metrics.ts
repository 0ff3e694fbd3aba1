import { Counter, Gauge, Histogram, type Registry } from '../platform/foundation/metrics.ts';
import { toCode } from '../platform/foundation/errors.ts';
import type { Engine, GatewayResult } from './engine.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';
import { isStream } from './transports/masked-engine.ts';

/** Counts from outside: what it watches does not know of it. */
export interface GatewayMetrics {
  /** The same engine, counted. */
  observeEngine(engine: Engine): Engine;
  /** The same client, counted. */
  observeClient(client: SubgraphClient): SubgraphClient;
  /** Counts a look into the kept plans. */
  onPlanLookup(found: boolean, kept: number): void;
  /** Counts an answer to a stored operation. */
  onRestAnswered(operationId: string, status: number): void;
}

/** From a subgraph on the same machine to one that has run into its timeout. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'paygraph_gateway_requests_total',
    help: 'Operations by kind and outcome: ok, partial (data and errors), failed (no data), refused (not executed)',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'paygraph_gateway_request_duration_seconds',
    help: 'Time to execute a query or mutation',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers,
  });
  const subscriptions = new Gauge({ name: 'paygraph_gateway_subscriptions', help: 'Subscriptions of clients that are open', registers });
  const events = new Counter({
    name: 'paygraph_gateway_subscription_events_total',
    help: 'Results handed to subscribed clients',
    registers,
  });
  const fetches = new Counter({
    name: 'paygraph_gateway_subgraph_requests_total',
    help: 'Requests to a subgraph: ok, errors (a GraphQL answer with errors), or the code of the failure',
    labelNames: ['subgraph', 'outcome'],
    registers,
  });
  const fetchSeconds = new Histogram({
    name: 'paygraph_gateway_subgraph_request_duration_seconds',
    help: 'Time of a request to a subgraph',
    labelNames: ['subgraph'],
    buckets: SECONDS,
    registers,
  });

  const restAnswers = new Counter({
    name: 'paygraph_gateway_rest_answers_total',
    help: 'Answers of stored operations by status; a stream counts when it ends',
    labelNames: ['operation', 'status'],
    registers,
  });

  // These are counted on every request: plain numbers, which are made metrics of when somebody reads them.
  const plans = { hits: 0, misses: 0, kept: 0 };
  new Counter({
    name: 'paygraph_gateway_plan_cache_total',
    help: 'Looks for the plan of an operation: hit, or miss (it was parsed, validated and planned)',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      this.inc({ result: 'hit' }, plans.hits);
      this.inc({ result: 'miss' }, plans.misses);
    },
  });
  new Gauge({
    name: 'paygraph_gateway_plan_cache_entries',
    help: 'Operations whose plan is kept',
    registers,
    collect() {
      this.set(plans.kept);
    },
  });

  return {
    onRestAnswered: (operation, status) => restAnswers.inc({ operation, status: String(status) }),
    onPlanLookup(found, kept) {
      if (found) plans.hits += 1;
      else plans.misses += 1;
      plans.kept = kept;
    },
    observeEngine(engine) {
      return {
        get ready() {
          return engine.ready;
        },
        prepare(request) {
          const prepared = engine.prepare(request);
          if ('refusal' in prepared) requests.inc({ kind: 'unknown', outcome: 'refused' });
          return prepared;
        },
        explain: (operation) => engine.explain(operation),
        async execute(operation, variables, context) {
          const startedAt = performance.now();
          const result = await engine.execute(operation, variables, context);
          seconds.observe({ kind: operation.kind }, (performance.now() - startedAt) / 1_000);
          requests.inc({ kind: operation.kind, outcome: outcomeOf(result) });
          return result;
        },
        async executeIncrementally(operation, variables, context) {
          const startedAt = performance.now();
          const outcome = await engine.executeIncrementally(operation, variables, context);
          // The time until the client has something to show.
          seconds.observe({ kind: operation.kind }, (performance.now() - startedAt) / 1_000);
          requests.inc({ kind: operation.kind, outcome: outcomeOf('updates' in outcome ? outcome.initial : outcome) });
          return outcome;
        },
        async subscribe(operation, variables, context) {
          const outcome = await engine.subscribe(operation, variables, context);
          requests.inc({ kind: 'subscription', outcome: isStream(outcome) ? 'ok' : outcomeOf(outcome) });
          if (!isStream(outcome)) return outcome;
          subscriptions.inc();
          return watch(
            outcome,
            () => events.inc(),
            () => subscriptions.dec(),
          );
        },
      };
    },
    observeClient(client) {
      const { name: subgraph } = client;
      return {
        name: subgraph,
        async execute(request, context) {
          const startedAt = performance.now();
          try {
            const response = await client.execute(request, context);
            fetches.inc({ subgraph, outcome: response.errors ? 'errors' : 'ok' });
            return response;
          } catch (error) {
            fetches.inc({ subgraph, outcome: toCode(error) ?? 'bug' });
            throw error;
          } finally {
            fetchSeconds.observe({ subgraph }, (performance.now() - startedAt) / 1_000);
          }
        },
        subscribe: (request, context) => client.subscribe(request, context),
        stop: (deadlineAt) => client.stop(deadlineAt),
      };
    },
  };
}

function outcomeOf({ data, errors }: GatewayResult): 'ok' | 'partial' | 'failed' | 'refused' {
  if (data === undefined) return 'refused';
  if (!errors) return 'ok';
  return data === null ? 'failed' : 'partial';
}

/** @param onEnd told once, however the stream ends */
function watch<T>(source: AsyncIterableIterator<T>, onItem: () => void, onEnd: () => void): AsyncIterableIterator<T> {
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return {
    async next() {
      try {
        const result = await source.next();
        if (result.done) end();
        else onItem();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      await source.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
