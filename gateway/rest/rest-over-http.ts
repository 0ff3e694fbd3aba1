import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Engine, GatewayResult } from '../engine.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { mayBeForged, type CsrfPolicy } from '../transports/csrf.ts';
import type { HttpHandler } from '../transports/graphql-over-http.ts';
import { pathOf } from '../transports/http-routes.ts';
import { isStream } from '../transports/masked-engine.ts';
import { refuse } from '../transports/refuse.ts';
import { contextOf, requestIdOf } from '../transports/request-scope.ts';
import { isFailure } from './event-format.ts';
import { createEventResults } from './event-results.ts';
import { describeIndex, describeOpenapi } from './openapi.ts';
import { hasBody } from './operation-inputs.ts';
import { problemOfErrors } from './problem.ts';
import type { RestFile } from './read-folder.ts';
import { isBodyAnnounced, readVariables } from './read-variables.ts';
import { RestReply, type RestReplyOptions } from './rest-reply.ts';
import { createRoutes, type FoundRoute, type RestRoutes } from './rest-routes.ts';
import { valueAt } from './selection.ts';
import type { StoredOperation } from './stored-operation.ts';

export interface RestOptions extends RestReplyOptions {
  /** Where it is mounted: `/rest`. */
  readonly mount: string;
  readonly files: readonly RestFile[];
  /** What clients see now. Operations are read again when it is another one. */
  readonly schema: () => GraphQLSchema | undefined;
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly maxBodyBytes: number;
  readonly csrf: CsrfPolicy;
  /** Names of client headers that subgraphs get, in lower case. */
  readonly forwardHeaders: readonly string[];
  /** Told of every answer to an operation. */
  readonly onAnswered?: (operationId: string, status: number) => void;
}

/** A stream opens when its first result is there, or after this long: what is refused at once is refused with a status. Milliseconds. */
const FIRST_RESULT_MS = 300;
const FORWARDED_PREFIX = /^(?:\/[\w\-.~]{1,100}){1,10}$/;

/**
 * Answers requests for stored operations. Never rejects. Nothing to close.
 * @throws ConfigError CONFIG_INVALID with every operation that is not right, with file and line
 */
export function createRest(options: RestOptions): HttpHandler {
  const { engine, logger, mount } = options;
  const routesNow = followSchema(options);

  return async (request, response) => {
    const requestId = requestIdOf(request.headers);
    const whole = pathOf(request);
    const reply = new RestReply(response, requestId, whole, options);
    let operation: StoredOperation | undefined;
    try {
      const { routes, openapi } = routesNow();
      const path = checkEncoding(whole.slice(mount.length));
      const base = `${prefixOf(request)}${mount}`;
      const own =
        path === '' || path === '/' ? () => describeIndex(routes.operations, base) : path === '/openapi.json' ? openapi : undefined;
      const methods = own ? ['GET', 'HEAD'] : routes.methodsAt(path);
      if (methods.length === 0) throw refuse('NOT_FOUND', `there is nothing at ${whole.slice(0, 200)}; ${mount} lists what there is`);
      if (request.method === 'OPTIONS') return reply.preflight(methods);
      if (!methods.includes(request.method ?? '')) return reply.methodNotAllowed(methods);
      if (own) return reply.document(own());
      const route = routes.find(request.method ?? '', path);
      if (!route) throw new Error(`a path has ${methods.join()} and no route`);
      operation = route.operation;
      const { id } = operation;
      response.on('close', () => response.headersSent && options.onAnswered?.(id, response.statusCode));
      reply.check(operation);
      refuseForged(request, operation, options.csrf);
      const variables = await readVariables(request, route, options.maxBodyBytes);
      await run(route, variables, reply, base, contextOf(response, requestId, options.forwardHeaders));
    } catch (error) {
      reply.failure(error, operation?.kind === 'subscription');
    }
  };

  async function run(
    { operation }: FoundRoute,
    variables: Record<string, unknown>,
    reply: RestReply,
    base: string,
    context: CallContext,
  ): Promise<void> {
    const prepared = engine.prepare({ query: operation.query });
    if ('refusal' in prepared) {
      logger.error({ file: operation.file, errors: prepared.refusal.errors }, 'a stored operation does not fit the schema any more');
      return reply.failure(new Error(`${operation.file} does not fit the schema any more`));
    }
    if (operation.kind !== 'subscription')
      return answer(operation, await engine.execute(prepared.operation, variables, context), reply, base);
    if (context.signal.aborted) return;
    if (reply.isHead) return reply.streamHead();
    const outcome = await engine.subscribe(prepared.operation, variables, context);
    if (!isStream(outcome)) return reply.streamProblem(problemOfErrors(outcome.errors ?? [], reply.scope));
    const first = outcome.next();
    const opened = await Promise.race([first, delay(FIRST_RESULT_MS, undefined, { ref: false })]);
    if (opened && !opened.done && isFailure(opened.value, operation)) {
      await outcome.return?.();
      return reply.streamProblem(problemOfErrors(opened.value.errors ?? [], reply.scope));
    }
    return reply.stream(
      operation,
      createEventResults(first, outcome, (result) => isFailure(result, operation)),
    );
  }
}

/**
 * A read with errors is a problem: REST has no place for errors beside data, and a 200 must mean that all is there. A mutation whose answer is
 * there has been done, so it is told as done, and what could not be read afterwards is named in a header.
 */
function answer(operation: StoredOperation, result: GatewayResult, reply: RestReply, base: string): void {
  const isNull = valueAt(result.data, operation.result) === null;
  const { errors = [] } = result;
  if (errors.length > 0 && (isNull || operation.kind === 'query')) return reply.problem(problemOfErrors(errors, reply.scope));
  if (isNull && operation.notFound !== undefined) return reply.notFound(operation.notFound, operation.retryAfter);
  reply.success(operation, result, base);
}

interface Served {
  readonly routes: RestRoutes;
  readonly openapi: () => string;
}

/** @returns what is served under the schema of this moment; what does not fit a newer one stays as it was, and is answered 500 */
function followSchema({ files, schema, engine, logger, mount }: RestOptions): () => Served {
  const serve = (routes: RestRoutes): Served => {
    let text: string | undefined;
    return { routes, openapi: () => (text ??= describeOpenapi(routes.operations, mount)) };
  };
  const first = schema();
  if (!first) throw new Error('REST needs a schema when it is created');
  const { routes, problems } = createRoutes(files, first);
  const unplannable = routes.operations.flatMap(({ query, file }) => {
    const prepared = engine.prepare({ query });
    return 'refusal' in prepared ? prepared.refusal.errors.map(({ message }) => `${file}: ${message}`) : [];
  });
  if (problems.length + unplannable.length > 0) throw new ConfigError([...problems, ...unplannable]);
  let served = serve(routes);
  let seen = first;
  return () => {
    const current = schema();
    if (!current || current === seen) return served;
    seen = current;
    const next = createRoutes(files, current);
    if (next.problems.length === 0) served = serve(next.routes);
    else
      logger.error(
        { problems: next.problems },
        'stored operations do not fit the new supergraph; they are served as before, and those that do not fit fail',
      );
    return served;
  };
}

/** @throws ProtocolError BAD_REQUEST */
function checkEncoding(path: string): string {
  try {
    decodeURIComponent(path);
    return path;
  } catch {
    throw refuse('BAD_REQUEST', 'expected the path to be percent-encoded UTF-8, got something that does not decode');
  }
}

/**
 * A body has to be JSON, which no page sends to another site without a preflight. Without a body only a header proves the same.
 * @throws ProtocolError BAD_REQUEST
 */
function refuseForged({ headers }: IncomingMessage, { method, inputs }: StoredOperation, csrf: CsrfPolicy): void {
  if (!hasBody(method) || isBodyAnnounced(headers)) return;
  const own = inputs.some(({ sources }) => sources.some((source) => source.in === 'header' && headers[source.name.toLowerCase()]));
  if (own || !mayBeForged(headers, csrf)) return;
  throw refuse(
    'BAD_REQUEST',
    `this ${method} could have been forged by another web site (CSRF): send content-type: application/json, or a header apollo-require-preflight that is not empty`,
  );
}

/** What a proxy in front took off the path, by its own word; it only goes into links of this very answer. */
function prefixOf({ headers }: IncomingMessage): string {
  const given = headers['x-forwarded-prefix'];
  return typeof given === 'string' && FORWARDED_PREFIX.test(given) ? given : '';
}
