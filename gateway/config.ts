import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { flag, integer, oneOf, port, readVariables, text, type Environment } from '../platform/foundation/config.ts';
import { ConfigError } from '../platform/foundation/errors.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../platform/foundation/logger.ts';
import { SHARING, type Sharing } from './execution/sharing.ts';
import { PLANNERS, type PlannerName } from './planning/planner.ts';
import { readSubscriptions, usesCallback, type Subscriptions } from './subgraphs/read-subscriptions.ts';
import { CSRF_POLICIES, type CsrfPolicy } from './transports/csrf.ts';

const LANDING_PAGES = ['sandbox', 'graphiql', 'none'] as const;

export interface GatewayConfig {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Processes that share the port; 1: this one alone. */
  readonly workers: number;
  /** Where GraphQL is, for every transport. */
  readonly path: string;
  /** A supergraph.yaml or a composed supergraph SDL. */
  readonly supergraph: string;
  /** For `${env.NAME}` in the supergraph.yaml. May hold secrets: never logged. */
  readonly env: Environment;
  readonly subgraphTimeoutMs: number;
  readonly subgraphReconnectMs: number;
  readonly bufferedEvents: number;
  /** In which protocol each subgraph takes subscriptions. */
  readonly subscriptions: Subscriptions;
  /** Where subgraphs reach this process for the callback protocol, without a slash at the end; undefined: they do not. */
  readonly callbackUrl: string | undefined;
  readonly callbackHeartbeatMs: number;
  readonly shareSubscriptions: Sharing;
  /** Identical queries to a subgraph at the same time become one request. */
  readonly shareSubgraphQueries: boolean;
  /** Identical queries of clients at the same time are executed once. */
  readonly shareClientQueries: boolean;
  readonly maxBodyBytes: number;
  readonly maxOperationsPerSocket: number;
  readonly keepAliveMs: number;
  readonly stalledClientMs: number;
  readonly streamMaxAgeMs: number;
  readonly planner: PlannerName;
  /** Labels of progressive @override that hold for every request. */
  readonly overrideLabels: readonly string[];
  readonly planCacheEntries: number;
  readonly introspection: boolean;
  readonly landingPage: (typeof LANDING_PAGES)[number];
  /** A folder with operations that explorers open with; undefined: none. */
  readonly examples: string | undefined;
  /** A folder with a built web client that is served at `/`; undefined: none. */
  readonly client: string | undefined;
  /** A folder of stored operations; undefined: no REST. */
  readonly rest: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly csrf: CsrfPolicy;
  /** In lower case. */
  readonly forwardHeaders: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** Every variable of the gateway, for `.env.example` too. */
export const gatewayVariables = {
  GATEWAY_HOST: { schema: text, description: 'address to listen on', default: '127.0.0.1' },
  GATEWAY_PORT: { schema: port, description: 'port to listen on; 0 lets the system choose', default: '4000' },
  GATEWAY_WORKERS: {
    schema: z
      .string()
      .regex(/^(auto|[1-9]\d{0,2})$/, 'must be auto or a whole number from 1 to 999')
      .transform((value) => (value === 'auto' ? availableParallelism() : Number(value))),
    description: 'processes of npm run start:gateway that share the port; auto: as many as the machine has cores',
    default: '1',
  },
  GATEWAY_PATH: {
    schema: z.string().regex(/^\/[\w\-./~]*$/, 'must be a path that starts with a slash'),
    description: 'where GraphQL is: over HTTP, server-sent events, multipart and WebSocket',
    default: '/graphql',
  },
  SUPERGRAPH: { schema: text, description: 'a supergraph.yaml, or a composed supergraph SDL (.graphql)', default: 'supergraph.yaml' },
  GATEWAY_SUBGRAPH_TIMEOUT_MS: {
    schema: integer(10, 600_000),
    description: 'how long a subgraph may take for one answer, milliseconds',
    default: '10000',
  },
  GATEWAY_SUBGRAPH_RECONNECT_MS: {
    schema: integer(0, 86_400_000),
    description: 'how long open subscriptions wait for a subgraph that went away, milliseconds',
    default: '300000',
  },
  GATEWAY_BUFFERED_EVENTS: {
    schema: integer(1, 100_000),
    description: 'events that wait for a client that reads slowly; one more ends its subscription with SUBSCRIPTION_TOO_SLOW',
    default: '1000',
  },
  GATEWAY_SUBSCRIPTIONS: {
    schema: z.string().transform((value, context): Subscriptions => {
      const read = readSubscriptions(value);
      if (typeof read !== 'string') return read;
      context.addIssue({ code: 'custom', message: read });
      return z.NEVER;
    }),
    description:
      'how subgraphs take subscriptions, as name=protocol or name=protocol:url, separated by commas; a protocol alone is for all others: auto, graphql-transport-ws, graphql-ws, sse, multipart or callback',
    default: 'auto',
  },
  GATEWAY_SHARE_SUBSCRIPTIONS: {
    schema: oneOf(...SHARING),
    description:
      'which identical subscriptions share one stream from the subgraph: resumable (those with a cursor), all (also where a subgraph greets each subscriber with an event of its own, which later ones then miss) or none',
    default: 'resumable',
  },
  GATEWAY_SHARE_SUBGRAPH_QUERIES: {
    schema: flag,
    description:
      'whether identical queries to a subgraph at the same time, with the same forwarded headers, become one request; never mutations, never across a mutation or event of this process',
    default: 'false',
  },
  GATEWAY_SHARE_CLIENT_QUERIES: {
    schema: flag,
    description: 'whether identical queries of clients at the same time, with the same forwarded headers, are executed once; as above',
    default: 'false',
  },
  GATEWAY_CALLBACK_URL: {
    schema: z
      .string()
      .refine(
        (value) => value === 'none' || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)),
        'must be none, or a URL that starts with http:// or https://',
      ),
    description:
      'where subgraphs reach this very process for the callback protocol, such as http://10.0.0.7:4000; it answers below /callback; none',
    default: 'none',
  },
  GATEWAY_CALLBACK_HEARTBEAT_MS: {
    schema: integer(100, 600_000),
    description: 'how often subgraphs give a sign of life over the callback protocol, milliseconds; two that do not come end a stream',
    default: '5000',
  },
  GATEWAY_MAX_BODY_BYTES: {
    schema: integer(1_000, 1_000_000_000),
    description: 'largest request, and largest WebSocket message of a client',
    default: '1048576',
  },
  GATEWAY_MAX_OPERATIONS_PER_SOCKET: {
    schema: integer(1, 1_000_000),
    description: 'most operations at a time on one WebSocket, or on one event stream',
    default: '1000',
  },
  GATEWAY_KEEP_ALIVE_MS: {
    schema: integer(100, 600_000),
    description: 'how often an idle stream or WebSocket gives a sign of life, milliseconds',
    default: '12000',
  },
  GATEWAY_STALLED_CLIENT_MS: {
    schema: integer(100, 600_000),
    description: 'how long a client may leave what it was sent unread, milliseconds',
    default: '30000',
  },
  GATEWAY_STREAM_MAX_AGE_MS: {
    schema: integer(0, 2_000_000_000),
    description:
      'how long a stream of server-sent events or multipart may last until its client has to come back, milliseconds; 0: as long as it likes',
    default: '0',
  },
  GATEWAY_PLANNER: {
    schema: oneOf(...PLANNERS),
    description: "whose query planner: apollo, or hive (Hive Router's: native code, for Linux with glibc and macOS)",
    default: 'apollo',
  },
  GATEWAY_OVERRIDE_LABELS: {
    schema: list(/^[a-zA-Z][\w\-:./]*$/, 'must be none, or labels of @override separated by commas; percent(…) needs none'),
    description:
      'labels of progressive @override that hold for every request, separated by commas; percent(n) holds for n of 100 requests by itself; none',
    default: 'none',
  },
  GATEWAY_PLAN_CACHE_ENTRIES: { schema: integer(1, 1_000_000), description: 'operations whose plan is kept', default: '2000' },
  NODE_ENV: {
    schema: text,
    description: 'production turns introspection and landing page off, where they are not set; nothing else',
    default: 'development',
  },
  GATEWAY_INTROSPECTION: {
    schema: flag,
    description: 'whether clients may ask for the schema and for query plans; in production false',
    default: 'true',
  },
  GATEWAY_LANDING_PAGE: {
    schema: oneOf(...LANDING_PAGES),
    description:
      'what a browser gets at GATEWAY_PATH: sandbox, graphiql or none; GraphiQL is also at /graphiql unless none; in production none',
    default: 'sandbox',
  },
  GATEWAY_EXAMPLES: { schema: text, description: 'a folder of .graphql files that explorers open with; none', default: 'none' },
  GATEWAY_CLIENT: { schema: text, description: 'a folder with a built web client that is served at /; none', default: 'none' },
  GATEWAY_REST: { schema: text, description: 'a folder of stored operations that are served as REST below /rest; none', default: 'none' },
  GATEWAY_CORS_ORIGINS: {
    schema: list(/^(\*|https?:\/\/[^/,\s]+)$/, 'must be none, or origins such as https://app.example separated by commas, or *'),
    description: 'web pages of which other origins may use the gateway, separated by commas; none; * for all, then without credentials',
    default: 'https://studio.apollographql.com',
  },
  GATEWAY_CSRF: {
    schema: oneOf(...CSRF_POLICIES),
    description:
      'browsers: a GET that a foreign page could have forged is refused; strict: every client must send apollo-require-preflight',
    default: 'browsers',
  },
  GATEWAY_FORWARD_HEADERS: {
    schema: list(
      /^(?!(host|connection|content-length|content-type|accept|transfer-encoding|upgrade|te|trailer|expect|keep-alive)$)[\w!#$%&'*+.^`|~-]+$/i,
      'must be none, or names of headers separated by commas, and none of those that belong to one connection',
    ),
    description: 'headers of clients that subgraphs get, separated by commas; none',
    default: 'authorization,traceparent,tracestate',
  },
  LOG_LEVEL: { schema: oneOf(...LOG_LEVELS), description: 'what is logged', default: 'info' },
  LOG_FORMAT: { schema: oneOf(...LOG_FORMATS), description: 'for people or for machines', default: 'text' },
};

/** As users of Apollo Server expect it. */
const productionVariables = {
  GATEWAY_INTROSPECTION: { ...gatewayVariables.GATEWAY_INTROSPECTION, default: 'false' },
  GATEWAY_LANDING_PAGE: { ...gatewayVariables.GATEWAY_LANDING_PAGE, default: 'none' },
};

/** @throws ConfigError CONFIG_INVALID with all problems */
export function readGatewayConfig(env: Environment): GatewayConfig {
  const variables = env.NODE_ENV === 'production' ? { ...gatewayVariables, ...productionVariables } : gatewayVariables;
  const values = readVariables(env, variables, ['GATEWAY_']);
  const callbackUrl = values.GATEWAY_CALLBACK_URL === 'none' ? undefined : values.GATEWAY_CALLBACK_URL.replace(/\/+$/, '');
  if (callbackUrl === undefined && usesCallback(values.GATEWAY_SUBSCRIPTIONS))
    throw new ConfigError(['GATEWAY_CALLBACK_URL is not set: the callback protocol of GATEWAY_SUBSCRIPTIONS needs it']);
  if (callbackUrl !== undefined && values.GATEWAY_WORKERS > 1)
    throw new ConfigError([
      `GATEWAY_WORKERS is ${values.GATEWAY_WORKERS}: subgraphs that call GATEWAY_CALLBACK_URL would not reach the worker that subscribed; use one worker, or another protocol`,
    ]);
  return Object.freeze({
    host: values.GATEWAY_HOST,
    port: values.GATEWAY_PORT,
    workers: values.GATEWAY_WORKERS,
    path: values.GATEWAY_PATH,
    supergraph: values.SUPERGRAPH,
    env,
    subgraphTimeoutMs: values.GATEWAY_SUBGRAPH_TIMEOUT_MS,
    subgraphReconnectMs: values.GATEWAY_SUBGRAPH_RECONNECT_MS,
    bufferedEvents: values.GATEWAY_BUFFERED_EVENTS,
    subscriptions: values.GATEWAY_SUBSCRIPTIONS,
    callbackUrl,
    shareSubscriptions: values.GATEWAY_SHARE_SUBSCRIPTIONS,
    shareSubgraphQueries: values.GATEWAY_SHARE_SUBGRAPH_QUERIES,
    shareClientQueries: values.GATEWAY_SHARE_CLIENT_QUERIES,
    callbackHeartbeatMs: values.GATEWAY_CALLBACK_HEARTBEAT_MS,
    maxBodyBytes: values.GATEWAY_MAX_BODY_BYTES,
    maxOperationsPerSocket: values.GATEWAY_MAX_OPERATIONS_PER_SOCKET,
    keepAliveMs: values.GATEWAY_KEEP_ALIVE_MS,
    stalledClientMs: values.GATEWAY_STALLED_CLIENT_MS,
    streamMaxAgeMs: values.GATEWAY_STREAM_MAX_AGE_MS,
    planner: values.GATEWAY_PLANNER,
    overrideLabels: Object.freeze(values.GATEWAY_OVERRIDE_LABELS),
    planCacheEntries: values.GATEWAY_PLAN_CACHE_ENTRIES,
    introspection: values.GATEWAY_INTROSPECTION,
    landingPage: values.GATEWAY_LANDING_PAGE,
    examples: folderOf(values.GATEWAY_EXAMPLES),
    client: folderOf(values.GATEWAY_CLIENT),
    rest: folderOf(values.GATEWAY_REST),
    corsOrigins: Object.freeze(values.GATEWAY_CORS_ORIGINS),
    csrf: values.GATEWAY_CSRF,
    forwardHeaders: Object.freeze(values.GATEWAY_FORWARD_HEADERS.map((name) => name.toLowerCase())),
    log: Object.freeze({ level: values.LOG_LEVEL, format: values.LOG_FORMAT }),
  });
}

function folderOf(value: string): string | undefined {
  return value === 'none' ? undefined : value;
}

/** Words separated by commas; `none` stands for no word, because an empty variable counts as not set. */
function list(word: RegExp, problem: string): z.ZodType<string[], string> {
  return z
    .string()
    .transform((value) => (value.trim() === 'none' ? [] : value.split(',').map((part) => part.trim())))
    .refine((words) => words.every((part) => word.test(part)), problem);
}
