import type { GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { AbortNotice } from './abort-notice.ts';

/** One operation for one subgraph, as the plan wrote it. */
export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Only a query may be sent again when its keep-alive socket turns out to be dead. Absent: read from the first word of `query`. */
  readonly kind?: `${OperationTypeNode}` | undefined;
  /** Numerals in the answer that JavaScript would change are wanted as they were sent: `numerals/hidden-numerals.ts`. A client that cannot leaves them as numbers. */
  readonly exactNumbers?: boolean | undefined;
  /** The fetch of the plan that asks, for a client that watches plans from outside; the others need not look. */
  readonly fetch?: object | undefined;
}

/** What a subgraph answered, as JSON: names below `data` came from the network, so they are read as own values only. */
export interface SubgraphResponse {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly extensions?: Record<string, unknown> | undefined;
}

/** What one client request hands to every call that is made for it. */
export interface CallContext {
  /** Headers for the subgraph, already chosen and in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client left or the request's time is up: the call ends within 100 ms. */
  readonly signal: AbortNotice;
  /** Names this request in logs and in masked errors; also in `headers` as `x-request-id`. */
  readonly requestId?: string | undefined;
  /** What the caller of the engine hands on to clients of its own making, such as Apollo Server's request context; nobody else looks at it. */
  readonly origin?: unknown;
}

export interface SubscribeContext extends CallContext {
  /**
   * Asked after the connection was lost and before the operation is sent again: the request that continues behind `last`,
   * the last event that came. Events that came and were not pulled yet are still handed out.
   * `undefined` means the stream cannot be continued and ends with SUBGRAPH_UNAVAILABLE.
   */
  readonly resume: (last: SubgraphResponse | undefined) => SubgraphRequest | undefined;
  /**
   * Whether what `resume` gives continues without a gap once an event has come, because the schema has a cursor. Then a reader that is
   * slower than the buffer costs time and no events.
   */
  readonly continuesExactly: boolean;
}

/** How the executor talks to one subgraph. Knows no plans. */
export interface SubgraphClient extends Stoppable {
  readonly name: string;
  /**
   * @throws DependencyError SUBGRAPH_UNAVAILABLE (refused, broken, 5xx without a GraphQL answer) | SUBGRAPH_TIMEOUT
   * @throws ProtocolError SUBGRAPH_MALFORMED (not JSON, not a GraphQL response, too large)
   */
  execute(request: SubgraphRequest, context: CallContext): Promise<SubgraphResponse>;
  /**
   * Pulls events one by one; `return()` ends the operation at the subgraph. Errors as `execute`, thrown by `next()` after the events
   * that came before them. A response without `data` is the subgraph's refusal and the last one.
   * @throws DependencyError SUBSCRIPTION_TOO_SLOW when more events wait than are kept and the stream cannot be continued exactly: nothing is dropped silently
   */
  subscribe(request: SubgraphRequest, context: SubscribeContext): AsyncIterableIterator<SubgraphResponse>;
}
