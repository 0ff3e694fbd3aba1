import * as z from 'zod';
import { integer, port, readVariables, text, url, urls, type Environment } from '../../platform/foundation/config.ts';
import type { LogFormat, LogLevel } from '../../platform/foundation/logger.ts';
import { pollVariable, sharedVariables } from '../../subgraphs/service-variables.ts';

export interface LoyaltyConfig {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** Empty: there is no RabbitMQ, the graph tells of new payments. */
  readonly amqpUrls: readonly string[];
  /** Messages that are handled at once. */
  readonly prefetch: number;
  /** The gateway's GraphQL: tells of payments from before, and of what the queue has missed. */
  readonly graphUrl: string;
  readonly catchUpMs: number;
  readonly eventsPollMs: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** The broker of `npm start` lives in its process: nobody else can reach it. */
export const NO_RABBITMQ = 'memory:';

const amqpUrls: z.ZodType<string[], string> = z.union([z.literal(NO_RABBITMQ).transform((): string[] => []), urls('amqp', 'amqps')]);

/** Every variable of the loyalty service. */
export const loyaltyVariables = {
  LOYALTY_HOST: { schema: text, description: 'address to listen on', default: '127.0.0.1' },
  LOYALTY_PORT: { schema: port, description: 'port to listen on; 0 lets the system choose', default: '4003' },
  LOYALTY_DATABASE_URL: {
    schema: url('postgres', 'postgresql'),
    description: 'the loyalty database, postgres://user:password@host:port/database; npm run start:loyalty brings one along',
    default: undefined,
    secret: true,
  },
  LOYALTY_POOL_SIZE: { schema: integer(2, 200), description: 'most connections to the database', default: '10' },
  LOYALTY_PREFETCH: { schema: integer(1, 1_000), description: 'messages that are handled at once', default: '20' },
  LOYALTY_GRAPH_URL: {
    schema: url('http', 'https'),
    description: "the gateway's GraphQL, for payments from before and for what the queue has missed",
    default: 'http://127.0.0.1:4000/graphql',
  },
  LOYALTY_CATCH_UP_MS: {
    schema: integer(50, 86_400_000),
    description: 'with RabbitMQ, how often to look in the graph for what the queue has missed, milliseconds',
    default: '600000',
  },
  LOYALTY_EVENTS_POLL_MS: pollVariable('how often subscriptions look for what another replica has counted', 1_000),
  ...sharedVariables,
  AMQP_URL: {
    schema: amqpUrls,
    description: 'RabbitMQ; one URL, or those of a cluster separated by commas; memory: for none',
    default: NO_RABBITMQ,
    secret: true,
  },
};

/** Belongs to `supergraph.yaml`; known here because it has our prefix. */
const LOYALTY_URL = {
  LOYALTY_URL: { schema: text, description: 'where the gateway finds loyalty; see supergraph.yaml', default: 'unused' },
};

/** @throws ConfigError CONFIG_INVALID with all problems */
export function readLoyaltyConfig(env: Environment): LoyaltyConfig {
  const values = readVariables(env, { ...loyaltyVariables, ...LOYALTY_URL }, ['LOYALTY_']);
  return Object.freeze({
    host: values.LOYALTY_HOST,
    port: values.LOYALTY_PORT,
    databaseUrl: values.LOYALTY_DATABASE_URL,
    poolSize: values.LOYALTY_POOL_SIZE,
    amqpUrls: values.AMQP_URL,
    prefetch: values.LOYALTY_PREFETCH,
    graphUrl: values.LOYALTY_GRAPH_URL,
    catchUpMs: values.LOYALTY_CATCH_UP_MS,
    eventsPollMs: values.LOYALTY_EVENTS_POLL_MS,
    log: Object.freeze({ level: values.LOG_LEVEL, format: values.LOG_FORMAT }),
  });
}
