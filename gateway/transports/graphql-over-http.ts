import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine, GatewayResult } from '../engine.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import type { IncomingRequest } from './graphql-request.ts';
import { HttpReply, type HttpReplyOptions } from './http-reply.ts';
import { isStream } from './masked-engine.ts';
import { acceptsHtml } from './negotiate.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import { readRequest, searchParamsOf, type ReadRequestOptions } from './read-request.ts';
import { contextOf, requestIdOf } from './request-scope.ts';
import { isOfSingleConnection, type SingleConnections } from './sse-single-connection.ts';

export interface GraphqlOverHttpOptions extends Omit<HttpReplyOptions, 'methods'>, ReadRequestOptions {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  /** Names of client headers that subgraphs get, in lower case. */
  readonly forwardHeaders: readonly string[];
  readonly persistedQueries: PersistedQueries;
  /** Single connection mode of server-sent events; without it there is only the other one. */
  readonly singleConnections?: SingleConnections | undefined;
  /** What a browser gets that opens the URL; without it such a request is refused for having no query. */
  readonly landingPage?: HttpHandler | undefined;
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Answers GraphQL requests over HTTP: one result as JSON, many as a stream. Never rejects. */
export function createGraphqlOverHttp(options: GraphqlOverHttpOptions): HttpHandler {
  const replyOptions = { ...options, methods: options.singleConnections ? 'GET, POST, PUT, DELETE' : 'GET, POST' };
  return async (request, response) => {
    const requestId = requestIdOf(request.headers);
    const reply = new HttpReply(response, requestId, replyOptions);
    try {
      if (request.method === 'OPTIONS') return reply.preflight();
      if (options.singleConnections && isOfSingleConnection(request))
        return await options.singleConnections.answer(request, reply, requestId);
      if (request.method !== 'GET' && request.method !== 'POST') return reply.methodNotAllowed();
      if (options.landingPage && asksForPage(request)) return await options.landingPage(request, response);
      const incoming = await readRequest(request, options);
      await run(incoming, reply, options, contextOf(response, requestId, options.forwardHeaders), wantsPlan(request));
    } catch (error) {
      reply.refusal(error);
    }
  };
}

function asksForPage(request: IncomingMessage): boolean {
  return request.method === 'GET' && acceptsHtml(request.headers.accept) && !searchParamsOf(request).has('query');
}

async function run(
  incoming: IncomingRequest,
  reply: HttpReply,
  { engine, persistedQueries }: GraphqlOverHttpOptions,
  context: CallContext,
  wantsPlan: boolean,
): Promise<void> {
  const request = persistedQueries.complete(incoming);
  if (!request) return reply.persistedQueryNotFound();
  const prepared = engine.prepare(request);
  if ('refusal' in prepared) return reply.result({ errors: prepared.refusal.errors });
  const { operation } = prepared;
  reply.check(operation);
  if (reply.takesParts(operation)) return reply.parts(await engine.executeIncrementally(operation, request.variables, context));
  if (operation.kind !== 'subscription') {
    const result = await engine.execute(operation, request.variables, context);
    return reply.result(wantsPlan ? withPlan(result, engine.explain(operation)) : result);
  }
  const outcome = await engine.subscribe(operation, request.variables, context);
  return isStream(outcome) ? reply.stream(outcome) : reply.result(outcome);
}

/** The same header and the same extension as @apollo/gateway's, so that its tools find the plan. */
function wantsPlan({ headers }: IncomingMessage): boolean {
  return Boolean(headers['apollo-query-plan-experimental']);
}

function withPlan(result: GatewayResult, plan: string | undefined): GatewayResult {
  return plan === undefined ? result : { ...result, extensions: { ...result.extensions, __queryPlanExperimental: plan } };
}
