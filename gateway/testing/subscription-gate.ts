import type { SubgraphRequest } from '../subgraphs/subgraph-client.ts';

/** Tells when a subscription has arrived where its events are made, so that a test can make events without losing the first. */
export interface SubscriptionGate {
  /** Settles once the operation's stream is open at its subgraph. */
  opened(operation: string): Promise<void>;
  /** The gateway sends a subscription to a subgraph. */
  onSent(operation: string, service: string, request: SubgraphRequest): void;
  /** A subgraph of the kit has opened one, or refused it. */
  onArrived(service: string, request: { readonly query: string; readonly variables: unknown }): void;
}

/** @param isLocal whether the subgraph is the kit's own: others cannot be looked into, and count as open when they are asked */
export function createSubscriptionGate(isLocal: (service: string) => boolean): SubscriptionGate {
  const waiting = new Map<string, () => void>();
  const onTheWay: { readonly key: string; readonly operation: string }[] = [];
  const open = (operation: string): void => {
    waiting.get(operation)?.();
    waiting.delete(operation);
  };
  return {
    opened: (operation) => new Promise((resolve) => waiting.set(operation, resolve)),
    onSent(operation, service, request) {
      if (!isLocal(service)) return open(operation);
      if (waiting.has(operation)) onTheWay.push({ key: keyOf(service, request), operation });
    },
    onArrived(service, request) {
      const key = keyOf(service, request);
      const index = onTheWay.findIndex((sent) => sent.key === key);
      const [sent] = index < 0 ? [] : onTheWay.splice(index, 1);
      if (sent) open(sent.operation);
    },
  };
}

/** A subgraph does not learn whose subscription it is. Equal ones may be taken for each other: both are open once both have arrived. */
function keyOf(service: string, { query, variables }: { readonly query: string; readonly variables?: unknown }): string {
  return JSON.stringify([service, query, variables ?? {}]);
}
