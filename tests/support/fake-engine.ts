import {
  GraphQLError,
  buildSchema,
  execute,
  getOperationAST,
  getVariableValues,
  parse,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import type { Engine, GatewayRequest, GatewayResult, PreparedOperation } from '../../gateway/engine.ts';
import type { CallContext } from '../../gateway/subgraphs/subgraph-client.ts';

const SDL = `
  type Query {
    hello(name: String = "world"): String!
    "What the gateway hands on to subgraphs."
    headers: String!
    echo(value: Int!): Int!
    "Never answers; ends when the client leaves."
    never: String
    "A root field that cannot be null and fails."
    broken: String!
    "Not an error of GraphQL: the engine itself throws."
    bug: String
    big(bytes: Int!): String!
  }
  type Mutation { add(by: Int! = 1): Int! }
  type Subscription {
    "1, 2, … upTo, then the end."
    count(upTo: Int!, after: Int = 0): Int!
    "What the test pushes to this topic."
    topic(name: String!): String
    "Events of that many bytes without end, as fast as they are pulled."
    flood(bytes: Int!): String!
    "Fails as a stream after that many events."
    failing(after: Int!): Int!
    "Is refused when it starts."
    refused: Int!
  }
`;

/** An engine over one small schema that tests can look into. Errors carry Apollo's codes, as the real one's do. */
export interface FakeEngine extends Engine {
  /** Subscriptions and endless queries that run now. */
  readonly running: ReadonlySet<string>;
  /** Contexts of everything that was executed. */
  readonly contexts: readonly CallContext[];
  /** Sum of all `add` mutations. */
  readonly sum: number;
  /** Events pulled from `flood`. */
  readonly pulled: number;
  push(topic: string, text: string): void;
  end(topic: string): void;
}

export function createFakeEngine(): FakeEngine {
  const schema = buildSchema(SDL);
  const running = new Set<string>();
  const contexts: CallContext[] = [];
  const topics = new Map<string, Set<AsyncQueue<string>>>();
  let sum = 0;
  let pulled = 0;
  let serial = 0;

  const track = (name: string): (() => void) => {
    const key = `${name}#${(serial += 1)}`;
    running.add(key);
    return () => running.delete(key);
  };
  const openTopic = (name: string): AsyncQueue<string> => {
    const done = track(`topic ${name}`);
    const queues = topics.get(name) ?? new Set();
    topics.set(name, queues);
    const queue: AsyncQueue<string> = new AsyncQueue({
      bound: 10_000,
      onReturn: () => {
        queues.delete(queue);
        done();
      },
    });
    queues.add(queue);
    return queue;
  };
  async function* count(from: number, upTo: number, fail = false): AsyncGenerator<number> {
    const done = track('count');
    try {
      for (let value = from + 1; value <= upTo; value += 1) yield value;
      if (fail) throw new Error('secret: the stream broke');
    } finally {
      done();
    }
  }
  async function* flood(bytes: number): AsyncGenerator<string> {
    const done = track('flood');
    try {
      for (;;) {
        pulled += 1;
        yield 'x'.repeat(bytes);
      }
    } finally {
      done();
    }
  }
  const never = ({ signal }: CallContext): Promise<null> =>
    new Promise((resolve) => {
      const done = track('never');
      signal.addEventListener('abort', () => {
        done();
        resolve(null);
      });
    });

  const root = {
    hello: ({ name }: { name: string }) => `hello ${name}`,
    headers: (_args: unknown, { headers }: CallContext) => JSON.stringify(headers),
    echo: ({ value }: { value: number }) => value,
    never: (_args: unknown, context: CallContext) => never(context),
    broken: () => {
      throw new GraphQLError('it is broken', { extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'users' } });
    },
    big: ({ bytes }: { bytes: number }) => 'x'.repeat(bytes),
    add: ({ by }: { by: number }) => (sum += by),
  };
  const streams: Record<string, (args: never) => AsyncIterable<unknown>> = {
    count: ({ upTo, after }: { upTo: number; after: number }) => count(after, upTo),
    topic: ({ name }: { name: string }) => openTopic(name),
    flood: ({ bytes }: { bytes: number }) => flood(bytes),
    failing: ({ after }: { after: number }) => count(0, after, true),
    refused: () => {
      throw new GraphQLError('not today', { extensions: { code: 'BAD_USER_INPUT' } });
    },
  };
  for (const [name, field] of Object.entries(schema.getSubscriptionType()?.getFields() ?? {})) {
    field.subscribe = (_source, args) => streams[name]?.(args as never);
    field.resolve = (event: unknown) => event;
  }

  return {
    ready: true,
    async executeIncrementally() {
      throw new Error('the fake engine defers nothing');
    },
    running,
    contexts,
    get sum() {
      return sum;
    },
    get pulled() {
      return pulled;
    },
    push(topic, text) {
      for (const queue of topics.get(topic) ?? []) queue.push(text);
    },
    end(topic) {
      for (const queue of topics.get(topic) ?? []) queue.end();
    },
    prepare: (request) => prepare(schema, request),
    explain: (operation) => `the plan of a ${operation.kind}`,
    async execute(operation, variables = {}, context) {
      contexts.push(context);
      if (/\bbug\b/.test(operation.document.loc?.source.body ?? '')) throw new Error('secret: a bug');
      const refusal = refuseVariables(schema, operation, variables);
      if (refusal) return refusal;
      return toResult(
        await execute({
          schema,
          document: operation.document,
          operationName: operation.operationName,
          variableValues: variables,
          rootValue: root,
          contextValue: context,
        }),
      );
    },
    async subscribe(operation, variables = {}, context) {
      contexts.push(context);
      const refusal = refuseVariables(schema, operation, variables);
      if (refusal) return refusal;
      const outcome = await subscribe({
        schema,
        document: operation.document,
        operationName: operation.operationName,
        variableValues: variables,
        contextValue: context,
      });
      if (!(Symbol.asyncIterator in outcome)) return toResult(outcome);
      return toResults(outcome);
    },
  };
}

function prepare(schema: GraphQLSchema, { query, operationName }: GatewayRequest): ReturnType<Engine['prepare']> {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return { refusal: { stage: 'parse', errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] } };
  }
  const problems = validate(schema, document);
  if (problems.length > 0)
    return { refusal: { stage: 'validate', errors: problems.map((problem) => withCode(problem, 'GRAPHQL_VALIDATION_FAILED')) } };
  const operation = getOperationAST(document, operationName);
  if (!operation)
    return {
      refusal: {
        stage: 'select-operation',
        errors: [withCode(new Error('expected the name of one operation'), 'OPERATION_RESOLUTION_FAILURE')],
      },
    };
  return { operation: { kind: operation.operation, document, operationName } };
}

function refuseVariables(
  schema: GraphQLSchema,
  { document, operationName }: PreparedOperation,
  variables: Readonly<Record<string, unknown>>,
): GatewayResult | undefined {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const { errors } = getVariableValues(schema, definitions, variables);
  return errors && { errors: errors.map((error) => withCode(error, 'BAD_USER_INPUT')) };
}

function withCode(error: unknown, code: string): GraphQLFormattedError {
  return { message: error instanceof Error ? error.message : String(error), extensions: { code } };
}

function toResult({ data, errors }: ExecutionResult): GatewayResult {
  return { ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map((error) => error.toJSON()) } : {}) };
}

function toResults(source: AsyncIterableIterator<ExecutionResult>): AsyncIterableIterator<GatewayResult> {
  return {
    async next() {
      const { value, done } = (await source.next()) as IteratorResult<ExecutionResult>;
      return done ? { value: undefined, done: true } : { value: toResult(value), done: false };
    },
    async return() {
      await source.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
