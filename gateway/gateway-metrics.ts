import { createDurations } from '../platform/foundation/durations.ts';
import { toCode } from '../platform/foundation/errors.ts';
import { Counter, Gauge, type Registry } from '../platform/foundation/metrics.ts';
import { createTally, type TallyCell } from '../platform/foundation/tally.ts';
import type { Engine, GatewayResult, PreparedOperation } from './engine.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';
import { isStream } from './transports/masked-engine.ts';
import type { ClientLoss } from './transports/stream-options.ts';

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
  /** Counts a client that the gateway let go of. */
  onClientLost(loss: ClientLoss): void;
}

const OUTCOMES = ['ok', 'partial', 'failed', 'refused'] as const;
const KINDS = ['query', 'mutation', 'subscription'] as const;

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  const requests = createTally(registry, {
    name: 'paygraph_gateway_requests_total',
    help: 'Operations by kind and outcome: ok, partial (data and errors), failed (no data), refused (not executed)',
    labelNames: ['kind', 'outcome'],
  });
  const refused = requests.cell({ kind: 'unknown', outcome: 'refused' });
  const answered = eachOf(KINDS, (kind) => eachOf(OUTCOMES, (outcome) => requests.cell({ kind, outcome })));
  const durations = createDurations(registry, {
    name: 'paygraph_gateway_request_duration_seconds',
    help: 'Time to execute a query or mutation',
    labelName: 'kind',
  });
  const took = eachOf(KINDS, (kind) => durations.cell(kind));
  const subscriptions = new Gauge({ name: 'paygraph_gateway_subscriptions', help: 'Subscriptions of clients that are open', registers });
  const events = new Counter({
    name: 'paygraph_gateway_subscription_events_total',
    help: 'Results handed to subscribed clients',
    registers,
  });
  const fetches = createTally(registry, {
    name: 'paygraph_gateway_subgraph_requests_total',
    help: 'Requests to a subgraph: ok, errors (a GraphQL answer with errors), or the code of the failure',
    labelNames: ['subgraph', 'outcome'],
  });
  const fetchDurations = createDurations(registry, {
    name: 'paygraph_gateway_subgraph_request_duration_seconds',
    help: 'Time of a request to a subgraph',
    labelName: 'subgraph',
  });

  const lost = new Counter({
    name: 'paygraph_gateway_clients_lost_total',
    help: 'Streams and WebSockets that the gateway closed because their client did not read (too-slow) or gave no sign of life (no-answer)',
    labelNames: ['reason'],
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

  const count = ({ kind }: PreparedOperation, result: GatewayResult, startedAt: number): void => {
    took[kind].since(startedAt);
    answered[kind][outcomeOf(result)].count += 1;
  };

  return {
    onClientLost: (reason) => lost.inc({ reason }),
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
          if ('refusal' in prepared) refused.count += 1;
          return prepared;
        },
        explain: (operation) => engine.explain(operation),
        async execute(operation, variables, context) {
          const startedAt = performance.now();
          const result = await engine.execute(operation, variables, context);
          count(operation, result, startedAt);
          return result;
        },
        async executeIncrementally(operation, variables, context) {
          const startedAt = performance.now();
          const outcome = await engine.executeIncrementally(operation, variables, context);
          // The time until the client has something to show.
          count(operation, 'updates' in outcome ? outcome.initial : outcome, startedAt);
          return outcome;
        },
        async subscribe(operation, variables, context) {
          const outcome = await engine.subscribe(operation, variables, context);
          answered.subscription[isStream(outcome) ? 'ok' : outcomeOf(outcome)].count += 1;
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
      const ok = fetches.cell({ subgraph, outcome: 'ok' });
      const withErrors = fetches.cell({ subgraph, outcome: 'errors' });
      const duration = fetchDurations.cell(subgraph);
      return {
        name: subgraph,
        execute(request, context) {
          const startedAt = performance.now();
          const onEnd = (cell: TallyCell): void => {
            cell.count += 1;
            duration.since(startedAt);
          };
          return client.execute(request, context).then(
            (response) => {
              onEnd(response.errors ? withErrors : ok);
              return response;
            },
            (error: unknown) => {
              onEnd(fetches.cell({ subgraph, outcome: toCode(error) ?? 'bug' }));
              throw error;
            },
          );
        },
        subscribe: (request, context) => client.subscribe(request, context),
        stop: (deadlineAt) => client.stop(deadlineAt),
      };
    },
  };
}

function outcomeOf({ data, errors }: GatewayResult): (typeof OUTCOMES)[number] {
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

function eachOf<Name extends string, Value>(names: readonly Name[], make: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}
