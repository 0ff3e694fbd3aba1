/** How subscriptions travel. `multipart` is Apollo Client's own default. */
export type Transport = 'multipart' | 'websocket';

/** What was stored, or the default when it is nothing we know. */
export function toTransport(stored: string | null): Transport {
  return stored === 'websocket' ? 'websocket' : 'multipart';
}
