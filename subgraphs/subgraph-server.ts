import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, parse } from 'graphql';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startHttpServer } from '../platform/foundation/http-server.ts';
import { ReleaseStack, type Stoppable } from '../platform/foundation/lifecycle.ts';
import type { Logger } from '../platform/foundation/logger.ts';
import { Histogram, type Registry } from '../platform/foundation/metrics.ts';
import { answerGraphQL } from './apollo-http.ts';
import { toCaller, type Caller, type CallerContext } from './caller.ts';
import { MAX_TOKENS } from './document-limits.ts';
import { answerLive, answerReady, type Checks } from './health.ts';
import { toPublicError } from './public-error.ts';
import { createSubscriptionEndpoint } from './subscription-endpoint.ts';

type SchemaModule = Extract<Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number], { typeDefs: unknown }>;

export interface SubgraphServerOptions<Context extends CallerContext> {
  /** `users`, for messages. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The SDL file. */
  readonly schema: URL;
  readonly resolvers: NonNullable<SchemaModule['resolvers']>;
  /** Called for each request and for each event of a subscription: loaders in it never serve stale rows. */
  readonly createContext: (caller: Caller) => Context;
  readonly checks: Checks;
  readonly metrics: Registry;
  readonly logger: Logger;
}

export interface SubgraphServer extends Stoppable {
  /** Where operations go: `http://host:port/graphql`. The same with `ws:` when the schema has subscriptions. */
  readonly url: string;
}

/**
 * Serves one subgraph: `POST /graphql`, subscriptions by graphql-transport-ws on the same path when the schema has any, `/health/live`,
 * `/health/ready`, `/metrics`. Introspection is on: composition tools read the SDL here, and only gateways reach this port.
 * `stop` ends subscriptions with close code 1001, then drains requests.
 * @throws ConfigError PORT_TAKEN and others of `startHttpServer`
 */
export async function startSubgraphServer<Context extends CallerContext>(options: SubgraphServerOptions<Context>): Promise<SubgraphServer> {
  const { name, createContext, checks, metrics, logger } = options;
  const schema = buildSubgraphSchema([{ typeDefs: parse(await readFile(options.schema, 'utf8')), resolvers: options.resolvers }]);
  const requestIds = new WeakMap<Error, string>(); // `formatError` is told the error, not whose it is
  const durations = new Histogram({
    name: 'paygraph_graphql_request_seconds',
    help: 'Duration of GraphQL requests over HTTP',
    labelNames: ['status'],
    registers: [metrics],
  });

  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production', // what we want of its modes is said here, whatever NODE_ENV is
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: 100_000,
    formatError: (formatted, error) =>
      toPublicError(toGraphQLError(formatted, error), { requestId: requestIds.get(error as Error) ?? randomUUID(), logger }),
    logger: {
      debug: logger.debug.bind(logger),
      info: logger.debug.bind(logger),
      warn: logger.warn.bind(logger),
      error: logger.error.bind(logger),
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      {
        requestDidStart: async () => ({
          didEncounterErrors: async ({ errors, contextValue }) =>
            errors.forEach((error) => requestIds.set(error, contextValue.caller.requestId)),
        }),
      },
    ],
  });
  const stack = new ReleaseStack();
  await apollo.start();
  stack.defer(() => apollo.stop());

  const onGraphQL = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const caller = toCaller(request.headers);
    const done = durations.startTimer();
    await answerGraphQL(apollo, request, response, { caller, createContext });
    done({ status: response.statusCode });
  };
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    switch (toPath(request)) {
      case '/graphql':
        return onGraphQL(request, response);
      case '/health/live':
        return answerLive(response);
      case '/health/ready':
        return answerReady(response, checks);
      case '/metrics':
        return void response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.metrics());
      default:
        return void response.writeHead(404, { 'content-type': 'text/plain' }).end(`nothing here; ${name} answers at /graphql\n`);
    }
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    route(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return; // the client left while it was sending
      logger.error({ err: error }, 'a request could not be answered');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };

  try {
    const subscriptions = schema.getSubscriptionType() ? createSubscriptionEndpoint({ schema, createContext, metrics, logger }) : undefined;
    const server = stack.use(
      await startHttpServer({
        name,
        host: options.host,
        port: options.port,
        onRequest,
        ...(subscriptions && { onUpgrade: subscriptions.onUpgrade }),
      }),
    );
    if (subscriptions) stack.use(subscriptions);
    return { url: `${server.url}/graphql`, stop: (deadlineAt) => stack.release(deadlineAt) };
  } catch (error) {
    await stack.release(Date.now());
    throw error;
  }
}

function toPath(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/s, '');
}

/** Apollo Server hands over the error as it was thrown; the formatted one carries the code that Apollo gave it. */
function toGraphQLError(formatted: { message: string; extensions?: Record<string, unknown> }, error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  return new GraphQLError(formatted.message, { originalError: error instanceof Error ? error : new Error(String(error)) });
}
