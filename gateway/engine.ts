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

/** A part of an answer that is still to come: the fields of one deferred fragment on one object. */
export interface PendingPart {
  /** Unique in one answer. */
  readonly id: string;
  /** The object's place in the answer. */
  readonly path: readonly (string | number)[];
  /** The client's label of the fragment. */
  readonly label: string | undefined;
}

/** A part that came. Fields that the client has already are not sent again. */
export interface DeliveredPart extends PendingPart {
  /** The part's fields as they hang below its object, with the lists and objects on the way; null: it failed, `errors` say why, and nothing of it comes. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** The same fields, each group of them with its place below the part's object. */
  readonly pieces: readonly PartPiece[];
  readonly errors: readonly GraphQLFormattedError[];
}

export interface PartPiece {
  readonly subPath: readonly (string | number)[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** What came at once: parts in an order in which each one's object is there, and parts inside them that are now known to come. */
export interface IncrementalUpdate {
  readonly delivered: readonly DeliveredPart[];
  readonly pending: readonly PendingPart[];
  /** False: this was the last. */
  readonly hasNext: boolean;
}

/** An answer in parts. */
export interface IncrementalAnswer {
  /** What was not deferred; never without data. */
  readonly initial: GatewayResult;
  /** At least one. */
  readonly pending: readonly PendingPart[];
  /** Ending it early with `return()`, or the context's signal, ends the work upstream. */
  readonly updates: AsyncIterableIterator<IncrementalUpdate>;
}

/** An operation that is parsed, valid and planned. Belongs to one supergraph; may be kept and run many times. */
export interface PreparedOperation {
  readonly kind: `${OperationTypeNode}`;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** True: it has a fragment with @defer, so `executeIncrementally` may answer in parts. */
  readonly deferrable?: boolean;
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
   * As `execute`, but what a query or mutation defers may come later. One result when nothing is deferred after all: a condition said so,
   * the object is null, or there are more parts than are worth it.
   */
  executeIncrementally(
    operation: PreparedOperation,
    variables: GatewayRequest['variables'],
    context: CallContext,
  ): Promise<GatewayResult | IncrementalAnswer>;
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
