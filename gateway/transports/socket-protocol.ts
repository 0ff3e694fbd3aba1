import type { ContextOfOperation, OperationMessages, SocketOperations } from './socket-operations.ts';
import type { SocketPeer } from './socket-peer.ts';

/** What a protocol is handed for one socket. */
export interface SocketSession {
  readonly peer: SocketPeer;
  openOperations(messages: OperationMessages): SocketOperations;
  /** @param parameters what the client sent with `connection_init` */
  contextOf(parameters: Readonly<Record<string, unknown>>): ContextOfOperation;
}

/** One socket's side of a protocol. */
export interface SocketHandler {
  /** @param text `undefined` for a binary frame */
  onMessage(text: string | undefined): void;
  /** Called regularly, for a protocol that has a keep-alive message of its own. */
  onKeepAlive?(): void;
  /** True once the client has introduced itself; it has a few seconds for that. */
  readonly initialised: boolean;
  /** The socket is closing or closed; may be called twice. */
  onClosed(): void;
}

export interface SocketProtocol {
  /** The WebSocket subprotocol. */
  readonly name: string;
  open(session: SocketSession): SocketHandler;
}
