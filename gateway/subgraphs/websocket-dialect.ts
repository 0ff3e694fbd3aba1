import { DEPRECATED_GRAPHQL_WS_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';

/** What a message of the subgraph means, whatever its protocol calls it. */
export type UpstreamMessage =
  | { readonly kind: 'acknowledged' | 'ping' | 'alive' }
  /** The subgraph refuses the connection. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'event'; readonly id: string; readonly payload: unknown }
  /** `errors`: it was refused, or failed. */
  | { readonly kind: 'ended'; readonly id: string; readonly errors?: unknown };

/** How one of the two WebSocket protocols writes and reads its messages. */
export interface WebSocketDialect {
  /** The WebSocket subprotocol. */
  readonly protocol: string;
  subscribe(id: string, payload: object): object;
  stop(id: string): object;
  /** @returns undefined for what is no message of this protocol */
  read(message: AnyMessage): UpstreamMessage | undefined;
}

export interface AnyMessage {
  readonly type: unknown;
  readonly id?: unknown;
  readonly payload?: unknown;
}

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const transportWsDialect: WebSocketDialect = {
  protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
  subscribe: (id, payload) => ({ id, type: 'subscribe', payload }),
  stop: (id) => ({ id, type: 'complete' }),
  read({ type, id, payload }) {
    switch (type) {
      case 'connection_ack':
        return { kind: 'acknowledged' };
      case 'ping':
        return { kind: 'ping' };
      case 'pong':
        return { kind: 'alive' };
      case 'next':
        return { kind: 'event', id: String(id), payload };
      case 'error':
        return { kind: 'ended', id: String(id), errors: payload };
      case 'complete':
        return { kind: 'ended', id: String(id) };
      default:
        return undefined;
    }
  },
};

/** https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md */
export const legacyWsDialect: WebSocketDialect = {
  protocol: DEPRECATED_GRAPHQL_WS_PROTOCOL,
  subscribe: (id, payload) => ({ id, type: 'start', payload }),
  stop: (id) => ({ id, type: 'stop' }),
  read({ type, id, payload }) {
    switch (type) {
      case 'connection_ack':
        return { kind: 'acknowledged' };
      case 'connection_error':
        return { kind: 'rejected' };
      case 'ka':
      case 'subscription_success': // of an even older protocol; some servers still send it
        return { kind: 'alive' };
      case 'data':
        return { kind: 'event', id: String(id), payload };
      case 'error':
        return { kind: 'ended', id: String(id), errors: toErrorList(payload) };
      case 'complete':
        return { kind: 'ended', id: String(id) };
      default:
        return undefined;
    }
  },
};

/** Servers send one error, or a list of them, or an object that holds the list. */
function toErrorList(payload: unknown): unknown[] {
  if (Array.isArray(payload)) return payload;
  const inner = typeof payload === 'object' && payload !== null && 'errors' in payload ? payload.errors : undefined;
  return Array.isArray(inner) ? inner : [payload];
}
