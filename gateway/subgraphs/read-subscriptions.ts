import type { SubscriptionEndpoint } from './create-subgraph-client.ts';
import { SUBSCRIPTION_PROTOCOLS, type SubscriptionProtocol } from './subscription-protocol.ts';

/** How each subgraph takes subscriptions. */
export interface Subscriptions {
  /** Of the subgraphs that are not named. */
  readonly others: SubscriptionEndpoint;
  readonly named: ReadonlyMap<string, SubscriptionEndpoint>;
}

/**
 * Reads `reviews=callback,stock=sse:https://stock.example/stream,multipart`: entries separated by commas, each with the name of a subgraph
 * and its protocol, and its own URL behind a colon when that is not the routing URL; a protocol alone is that of all other subgraphs.
 * @returns the first problem as text when it cannot be read
 */
export function readSubscriptions(text: string): Subscriptions | string {
  const named = new Map<string, SubscriptionEndpoint>();
  let others: SubscriptionEndpoint | undefined;
  for (const entry of text.split(',').map((part) => part.trim())) {
    const equals = entry.indexOf('=');
    const value = entry.slice(equals + 1).trim();
    const [, protocol = '', url] = /^([\w-]+)(?::(.+))?$/.exec(value) ?? [];
    if (!isProtocol(protocol)) return `must name one of ${SUBSCRIPTION_PROTOCOLS.join(', ')}, not ${JSON.stringify(value)}`;
    if (url !== undefined && !(URL.canParse(url) && /^(https?|wss?):$/.test(new URL(url).protocol)))
      return `must give a URL that starts with http://, https://, ws:// or wss:// behind ${protocol}, not ${JSON.stringify(url)}`;
    if (equals < 0) {
      if (others) return 'must name one protocol at most without a subgraph';
      if (url !== undefined) return 'must name the subgraph that a URL belongs to';
      others = { protocol };
      continue;
    }
    const name = entry.slice(0, equals).trim();
    if (name === '' || named.has(name)) return `must name each subgraph once, and ${JSON.stringify(name)} is not so`;
    named.set(name, { protocol, ...(url === undefined ? {} : { url }) });
  }
  return { others: others ?? { protocol: 'auto' }, named };
}

/** Whether a subgraph may call this gateway. */
export function usesCallback({ others, named }: Subscriptions): boolean {
  return [others, ...named.values()].some(({ protocol }) => protocol === 'callback');
}

function isProtocol(text: string): text is SubscriptionProtocol {
  return (SUBSCRIPTION_PROTOCOLS as readonly string[]).includes(text);
}
