import type { DocumentNode, GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { CallContext } from './subgraphs/subgraph-client.ts';

/** A GraphQL request as any transport hands it over: shapes are checked by the transport, meaning by the engine. */
export interface GatewayRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** What goes to the client. No `data` member at all: the request was refused before execution (GraphQL over HTTP tells the two apart). */
export interface GatewayResult {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** An operation that is parsed, valid and planned. Belongs to one supergraph; may be kept and run many times. */
export interface PreparedOperation {
  readonly kind: `${OperationTypeNode}`;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
}

/** Why a request was refused before execution. `stage` decides the HTTP status (docs/decisions). */
export interface Refusal {
  readonly stage: 'parse' | 'validate' | 'select-operation' | 'plan';
  readonly errors: readonly GraphQLFormattedError[];
}

/**
 * Everything between a transport and the subgraphs. It knows results, not sockets.
 * Never throws for what a client sent or a subgraph answered: that becomes `errors`.
 */
export interface Engine {
  /** True once a supergraph is loaded. */
  readonly ready: boolean;
  /** Parses, validates and plans, or finds the result of an earlier call by the operation's text. */
  prepare(request: GatewayRequest): { readonly operation: PreparedOperation } | { readonly refusal: Refusal };
  /**
   * Which subgraph will be asked what, in which order, as text for a developer. Tells of subgraphs, so it is `undefined` where
   * introspection is off.
   */
  explain(operation: PreparedOperation): string | undefined;
  /** Runs a query or mutation. Variables that do not fit give `errors` without `data`. */
  execute(operation: PreparedOperation, variables: GatewayRequest['variables'], context: CallContext): Promise<GatewayResult>;
  /**
   * Starts a subscription. A refusal (variables that do not fit) comes as one result; a stream otherwise.
   * Ending the stream with `return()` or the context's signal ends the work upstream.
   */
  subscribe(
    operation: PreparedOperation,
    variables: GatewayRequest['variables'],
    context: CallContext,
  ): Promise<GatewayResult | AsyncIterableIterator<GatewayResult>>;
}
