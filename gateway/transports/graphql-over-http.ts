import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine, GatewayResult } from '../engine.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { refuseForgedGet, type CsrfPolicy } from './csrf.ts';
import { fromSearchParams, parseJson, toIncomingRequest, type IncomingRequest } from './graphql-request.ts';
import { HttpReply, type HttpReplyOptions } from './http-reply.ts';
import { isStream } from './masked-engine.ts';
import { acceptsHtml } from './negotiate.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import { readJsonText, requireJson } from './read-body.ts';
import { contextOf, requestIdOf } from './request-scope.ts';

export interface GraphqlOverHttpOptions extends HttpReplyOptions {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly maxBodyBytes: number;
  readonly csrf: CsrfPolicy;
  /** Names of client headers that subgraphs get, in lower case. */
  readonly forwardHeaders: readonly string[];
  readonly persistedQueries: PersistedQueries;
  /** What a browser gets that opens the URL; without it such a request is refused for having no query. */
  readonly landingPage?: HttpHandler | undefined;
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Answers GraphQL requests over HTTP: one result as JSON, many as a stream. Never rejects. */
export function createGraphqlOverHttp(options: GraphqlOverHttpOptions): HttpHandler {
  return async (request, response) => {
    const requestId = requestIdOf(request.headers);
    const reply = new HttpReply(response, requestId, options);
    try {
      if (request.method === 'OPTIONS') return reply.preflight();
      if (request.method !== 'GET' && request.method !== 'POST') return reply.methodNotAllowed();
      const parameters = request.method === 'GET' ? searchParamsOf(request) : undefined;
      if (parameters && options.landingPage && !parameters.has('query') && acceptsHtml(request.headers.accept))
        return await options.landingPage(request, response);
      const incoming = parameters
        ? readGet(request, parameters, options)
        : toIncomingRequest(parseJson(await readJsonText(request, options.maxBodyBytes), 'the body'));
      await run(incoming, reply, options, contextOf(response, requestId, options.forwardHeaders), wantsPlan(request));
    } catch (error) {
      reply.refusal(error);
    }
  };
}

function readGet(request: IncomingMessage, parameters: URLSearchParams, { csrf }: GraphqlOverHttpOptions): IncomingRequest {
  if (request.headers['content-type'] !== undefined) requireJson(request.headers['content-type']);
  refuseForgedGet(request.headers, csrf);
  return fromSearchParams(parameters);
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

function searchParamsOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
}
