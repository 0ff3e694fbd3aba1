import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { randomUUID } from 'node:crypto';
import { ConfigError } from '../platform/foundation/errors.ts';
import { createService } from '../platform/foundation/lifecycle.ts';
import { createLogger, type Logger } from '../platform/foundation/logger.ts';
import { mapAsyncIterable } from '../platform/foundation/map-async-iterable.ts';
import { assembleGateway, type AssembledGateway, type AssemblyConfig } from './assemble-gateway.ts';
import { readGatewayConfig } from './config.ts';
import type { GatewayRequest, GatewayResult } from './engine.ts';
import { createFetchHandler } from './fetch-handler.ts';
import { toPlainNumbers } from './numerals/hidden-numerals.ts';
import { usesCallback } from './subgraphs/read-subscriptions.ts';
import { createSupergraph } from './supergraph/supergraph.ts';
import { isStream } from './transports/masked-engine.ts';

export type { GatewayRequest, GatewayResult } from './engine.ts';

/**
 * What is left out has the default of the gateway's own program, where `.env.example` describes it: `subgraphTimeoutMs` is
 * GATEWAY_SUBGRAPH_TIMEOUT_MS, and so on. Nothing is read from the environment.
 */
export interface GatewayOptions extends Partial<Omit<AssemblyConfig, 'supergraph'>> {
  /** A file, which is a supergraph.yaml or a composed supergraph (.graphql), or the composed supergraph itself. */
  readonly supergraph: string | { readonly sdl: string };
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

/** A gateway inside somebody else's HTTP server. */
export interface Gateway {
  /**
   * Loads the supergraph; requests that come before are waited with, not refused. Subgraphs may be down, unless their schema is asked of them.
   * @throws ConfigError CONFIG_INVALID | COMPOSITION_FAILED | SUPERGRAPH_INVALID
   */
  start(): Promise<void>;
  /** For `http.createServer(gateway.handle)`, or as a middleware: with `next`, requests for what is not the gateway's go on to it. */
  handle(request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  /** For `server.on('upgrade', gateway.upgrade)`: WebSockets at the path, at /ws and at /subscriptions. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The same as `handle` for servers that speak WHATWG's Request and Response. Goes through Node's HTTP parser in memory: `handle` is faster. */
  fetch(request: Request): Promise<Response>;
  /**
   * Runs one operation without HTTP: one result, or for a subscription a stream of results, which `return()` or the signal ends.
   * @param options.headers what subgraphs get, in lower case; all of them, `forwardHeaders` is for clients
   */
  execute(
    request: GatewayRequest,
    options?: { headers?: Readonly<Record<string, string>>; signal?: AbortSignal },
  ): Promise<GatewayResult | AsyncIterableIterator<GatewayResult>>;
  /** Ends streams and WebSockets so that clients come back elsewhere, and closes the connections to subgraphs; stop the server after it. */
  stop(options?: { deadlineMs?: number }): Promise<void>;
}

/**
 * The gateway as a library: its engine, its transports and its pages, without a server. Opens nothing before `start`.
 * @throws ConfigError CONFIG_INVALID for an option that does not exist or is not of its kind
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { supergraph, logger = createLogger('gateway', { level: 'warn', format: 'text' }), ...given } = options;
  const config = toConfig(supergraph, given);
  let gateway: AssembledGateway | undefined;

  const service = createService('gateway', async (stack, signal) => {
    const seams = typeof supergraph === 'string' ? {} : { supergraph: createSupergraph(supergraph.sdl, { planner: config.planner }) };
    gateway = await assembleGateway(config, { stack, signal, logger }, seams);
    stack.use(gateway.transports);
  });
  const started = async (): Promise<AssembledGateway> => {
    await service.start();
    if (!gateway) throw new Error('the gateway did not start');
    return gateway;
  };
  const handle = (request: IncomingMessage, response: ServerResponse, next?: () => void): void => {
    const answer = (ready: AssembledGateway): void => (next && !ready.serves(request) ? next() : ready.handle(request, response));
    if (gateway) return answer(gateway);
    started().then(answer, () => refuseNotStarted(response));
  };
  return {
    start: service.start,
    handle,
    upgrade(request, socket, head) {
      if (gateway) return gateway.upgrade(request, socket, head);
      started().then(
        (ready) => ready.upgrade(request, socket, head),
        () => socket.destroy(),
      );
    },
    fetch: createFetchHandler(handle),
    async execute(request, { headers = {}, signal = new AbortController().signal } = {}) {
      const { engine } = gateway ?? (await started());
      const prepared = engine.prepare(request);
      if ('refusal' in prepared) return { errors: prepared.refusal.errors };
      const { operation } = prepared;
      const requestId = headers['x-request-id'] ?? randomUUID();
      const context = { headers: { ...headers, 'x-request-id': requestId }, signal, requestId };
      const outcome =
        operation.kind === 'subscription'
          ? await engine.subscribe(operation, request.variables, context)
          : await engine.execute(operation, request.variables, context);
      return isStream(outcome) ? mapAsyncIterable(outcome, toPlainNumbers) : toPlainNumbers(outcome);
    },
    stop: service.stop,
  };
}

/** Why it did not start is told by `start`, to whom it concerns. */
function refuseNotStarted(response: ServerResponse): void {
  const error = { message: 'the gateway could not start', extensions: { code: 'GATEWAY_NOT_READY' } };
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' });
  response.end(JSON.stringify({ errors: [error] }));
}

/** @throws ConfigError CONFIG_INVALID */
function toConfig(supergraph: GatewayOptions['supergraph'], given: Partial<AssemblyConfig>): AssemblyConfig {
  const { host: _host, port: _port, workers: _workers, log: _log, ...defaults } = readGatewayConfig({});
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const problems = entries.flatMap(([name, value]) => problemOf(name, value, defaults));
  if (typeof supergraph !== 'string' && typeof (supergraph as { sdl?: unknown } | undefined)?.sdl !== 'string')
    problems.unshift(`supergraph: expected a file name or { sdl }, got ${kindOf(supergraph)}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const env = given.env ?? {};
  const config: AssemblyConfig = {
    ...defaults,
    ...Object.fromEntries(entries),
    env,
    supergraph: typeof supergraph === 'string' ? supergraph : 'supergraph',
  };
  if (config.callbackUrl === undefined && usesCallback(config.subscriptions))
    throw new ConfigError(['callbackUrl: the callback protocol of subscriptions needs it']);
  return config;
}

/** The default of an option tells of what kind it is; folders and the callback's address have none. */
function problemOf(name: string, value: unknown, defaults: object): string[] {
  if (!Object.hasOwn(defaults, name))
    return [
      `${name}: there is no such option; known are supergraph, logger, ${Object.keys(defaults)
        .filter((known) => known !== 'supergraph')
        .join(', ')}`,
    ];
  const expected = kindOf((defaults as Record<string, unknown>)[name]);
  const got = kindOf(value);
  return expected === got || (expected === 'undefined' && typeof value === 'string')
    ? []
    : [`${name}: expected ${expected === 'undefined' ? 'a string' : expected}, got ${got}`];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === undefined) return 'undefined';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
