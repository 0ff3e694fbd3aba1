import type { GatewayResult } from '../engine.ts';
import type { SubscriptionPlan } from '../planning/executable-plan.ts';
import { executeSubscription } from './execute-subscription.ts';
import type { ExecutionRequest } from './execution.ts';
import { shareKey, type OperationIdentity } from './share-key.ts';
import { openSharedReader } from './shared-reader.ts';
import { SharedSubscription } from './shared-subscription.ts';
import type { Sharing } from './sharing.ts';

export interface SharedSubscriptions {
  /** As `executeSubscription`, but identical subscriptions have one stream upstream, and each event is completed once for all of them. */
  open(request: ExecutionRequest, subscription: SubscriptionPlan, identity: OperationIdentity): AsyncIterableIterator<GatewayResult>;
}

/** Identical: the same operation, variables and forwarded headers. Holds nothing while nobody is subscribed. @param bound results that wait for one client */
export function createSharedSubscriptions({ sharing, bound }: { sharing: Sharing; bound: number }): SharedSubscriptions {
  const open = new Map<string, SharedSubscription>();
  return {
    open(request, subscription, identity) {
      const mayShare = sharing === 'all' || (sharing === 'resumable' && subscription.cursor?.beginsNow === true);
      if (!mayShare) return executeSubscription(request, subscription);
      const key = shareKey(identity, request);
      let shared = open.get(key);
      if (!shared) {
        shared = new SharedSubscription(request, subscription, () => open.delete(key));
        open.set(key, shared);
      }
      return openSharedReader({ request, subscription, shared, bound });
    },
  };
}
