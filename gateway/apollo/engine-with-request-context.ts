import { print, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { Engine, GatewayRequest, GatewayResult, PreparedOperation } from '../engine.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import type { ApolloOrigin, RequestContext } from './apollo-origin.ts';
import { isMeantForClients } from './meant-for-clients.ts';

/** Makes what `context` is to data sources of the client's headers, by their names in lower case. */
export type ContextOfClient = (client: { readonly headers: Readonly<Record<string, string>> }) => object | Promise<object>;

/** The same engine for operations that did not come through Apollo Server: data sources get a request context that is as much like its own as can be. */
export function withRequestContext(
  engine: Engine,
  { schema, logger, contextOfClient }: { schema: () => GraphQLSchema | undefined; logger: Logger; contextOfClient: ContextOfClient },
): Engine {
  const complete = async (
    operation: PreparedOperation,
    variables: GatewayRequest['variables'],
    context: CallContext,
  ): Promise<CallContext | GatewayResult> => {
    try {
      const requestContext = toRequestContext(operation, variables, context, {
        context: await contextOfClient({ headers: context.headers }),
        schema: schema(),
        logger,
      });
      const origin: ApolloOrigin = { requestContext, trace: undefined };
      return { ...context, origin };
    } catch (error) {
      if (isMeantForClients(error)) return { errors: [{ message: error.message, extensions: { ...error.extensions } }] };
      throw error;
    }
  };
  return {
    get ready() {
      return engine.ready;
    },
    prepare: (request) => engine.prepare(request),
    explain: (operation) => engine.explain(operation),
    async execute(operation, variables, context) {
      const completed = await complete(operation, variables, context);
      return 'signal' in completed ? engine.execute(operation, variables, completed) : completed;
    },
    async executeIncrementally(operation, variables, context) {
      const completed = await complete(operation, variables, context);
      return 'signal' in completed ? engine.executeIncrementally(operation, variables, completed) : completed;
    },
    async subscribe(operation, variables, context) {
      const completed = await complete(operation, variables, context);
      return 'signal' in completed ? engine.subscribe(operation, variables, completed) : completed;
    },
  };
}

function toRequestContext(
  { document, operationName }: PreparedOperation,
  variables: GatewayRequest['variables'],
  { headers }: CallContext,
  { context, schema, logger }: { context: object; schema: GraphQLSchema | undefined; logger: Logger },
): RequestContext {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === 'OperationDefinition' && (operationName === undefined || definition.name?.value === operationName),
  );
  const source = print(document);
  const made = {
    logger,
    schema,
    context,
    document,
    source,
    operation,
    operationName: operationName ?? null,
    request: {
      query: source,
      operationName,
      variables: toPlainNumbers(variables),
      http: { method: 'GET', url: '', headers: new Headers(headers) },
    },
    cache: noCache,
    queryHash: '',
    schemaHash: '',
    metrics: {},
    overallCachePolicy: undefined,
  };
  return made as unknown as RequestContext; // schema is there once an operation was prepared; the hashes are of use to Apollo Server only
}

const noCache = { get: async () => undefined, set: async () => undefined, delete: async () => undefined };
