import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** A subscription that a subgraph reports on by calling us. */
export interface RegisteredCallback {
  readonly id: string;
  /** What the subgraph must send with each message. */
  readonly verifier: string;
  /** Ends it: messages for it are answered with 404, which tells the subgraph to stop. */
  remove(): void;
}

export interface CallbackListener {
  /** Any message came. */
  onAlive(): void;
  onEvent(payload: unknown): void;
  onComplete(errors: unknown): void;
}

/** What a message to the callback URL is answered with. 404: there is no such subscription (any more). */
export type CallbackStatus = 204 | 400 | 404;

/** The subscriptions of this process that subgraphs report on over HTTP. Knows messages, not HTTP. */
export interface CallbackRegistry {
  register(listener: CallbackListener): RegisteredCallback;
  has(id: string): boolean;
  /** @param id from the URL @param message the body as JSON */
  receive(id: string, message: unknown): CallbackStatus;
}

/** https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/callback-protocol */
export function createCallbackRegistry(): CallbackRegistry {
  const open = new Map<string, { readonly verifier: Buffer; readonly listener: CallbackListener }>();
  return {
    register(listener) {
      const id = randomUUID();
      const verifier = randomBytes(24).toString('base64url');
      open.set(id, { verifier: Buffer.from(verifier), listener });
      return { id, verifier, remove: () => open.delete(id) };
    },
    has: (id) => open.has(id),
    receive(id, message) {
      const entry = open.get(id);
      if (!entry) return 404;
      if (!isRecord(message) || message['kind'] !== 'subscription' || message['id'] !== id || !isEqual(message['verifier'], entry.verifier))
        return 400;
      const { listener } = entry;
      switch (message['action']) {
        case 'check':
          listener.onAlive();
          break;
        case 'next':
          if (!('payload' in message)) return 400;
          listener.onAlive();
          listener.onEvent(message['payload']);
          break;
        case 'complete':
          listener.onComplete(message['errors'] ?? undefined);
          open.delete(id);
          return 204;
        default:
          return 400;
      }
      return open.has(id) ? 204 : 404; // the message may have been the last one that we wanted
    },
  };
}

/** In constant time: a guess must not learn how much of it was right. */
function isEqual(given: unknown, expected: Buffer): boolean {
  if (typeof given !== 'string') return false;
  const bytes = Buffer.from(given);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
