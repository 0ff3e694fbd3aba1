import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import type { RequestTrace } from './request-trace.ts';

/** What `new ApolloServer({ gateway })` takes. */
export type GatewayInterface = ApolloServerOptionsWithGateway<BaseContext>['gateway'];
export type GatewayExecutor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;
export type SchemaListener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
/** Apollo Server's view of one request. */
export type RequestContext = Parameters<GatewayExecutor>[0];

/** What a request of Apollo Server hands through the engine to the data sources. */
export interface ApolloOrigin {
  readonly requestContext: RequestContext;
  /** Set: subgraphs are asked for their traces. */
  readonly trace: RequestTrace | undefined;
}

/** @throws Error when the engine was called by something else: a bug */
export function originOf({ origin }: CallContext): ApolloOrigin {
  if (typeof origin !== 'object' || origin === null || !('requestContext' in origin))
    throw new Error('a data source needs the context of a request');
  return origin as ApolloOrigin;
}
