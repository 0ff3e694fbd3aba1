import type { GraphQLFormattedError } from 'graphql';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { SubgraphRequest, SubscribeContext } from './subgraph-client.ts';

/** Who is told what happens to one operation. After `ended`, `failed` or `lost` nothing more comes. */
export interface OperationListener {
  /** One execution result, as JSON. */
  next(payload: unknown): void;
  /** The subgraph completed the operation, or ended it with a list of GraphQL errors. */
  ended(errors?: unknown): void;
  /** The subgraph sent what no GraphQL server sends. */
  failed(error: Error): void;
  /** The connection is gone, and with it the operation. */
  lost(reason: ChannelLoss): void;
}

/** Why a connection ended, or could not begin. `fatal`: trying again without a change would end the same way. */
export interface ChannelLoss {
  readonly fatal: boolean;
  readonly message: string;
  /** We closed it, because nothing used it. */
  readonly idle?: true;
  /** The subgraph does not speak this protocol here; it may speak another one. */
  readonly unsupported?: true;
  /** The subgraph answered with GraphQL errors before a stream began. */
  readonly refusal?: readonly GraphQLFormattedError[];
}

/** A way to run one subscription at a subgraph, again after each loss. Each protocol is one. */
export interface SubscriptionChannel {
  /**
   * Starts the operation; resolves when the subgraph has taken it. After a loss it waits first, with back-off and jitter. The listener
   * may be told of events before this resolves. Aborting the signal ends the operation at the subgraph, whenever it comes; nothing is told then.
   * @throws ChannelError when the operation could not begin
   */
  open(request: SubgraphRequest, listener: OperationListener, signal: AbortSignal): Promise<void>;
}

/** Ways to one subgraph in one protocol. */
export interface ChannelSource extends Stoppable {
  /** The way for one subscription. `onEnd` must be called once, when it is needed no more. */
  enter(context: SubscribeContext): { readonly channel: SubscriptionChannel; readonly onEnd: () => void };
}

export class ChannelError extends Error {
  readonly loss: ChannelLoss;

  constructor(loss: ChannelLoss) {
    super(loss.message);
    this.loss = loss;
  }
}
