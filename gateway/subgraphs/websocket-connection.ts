import { CloseCode, MessageType } from 'graphql-ws';
import { WebSocket } from 'ws';
import { toCode } from '../../platform/foundation/errors.ts';
import { everyAfterInput } from '../../platform/foundation/every-after-input.ts';
import { toJson } from '../numerals/hidden-numerals.ts';
import { parseExactly } from '../numerals/parse-exactly.ts';
import type { SubgraphRequest } from './subgraph-client.ts';
import type { ChannelLoss, OperationListener } from './subscription-channel.ts';
import type { AnyMessage, WebSocketDialect } from './websocket-dialect.ts';

export interface WebSocketConnectionOptions {
  /** `ws://` or `wss://` */
  readonly url: string;
  /** Offered in one upgrade, the best one first; the subgraph chooses. */
  readonly dialects: readonly WebSocketDialect[];
  /** Sent with the upgrade, and as the payload of `connection_init` for servers that look there. */
  readonly headers: Readonly<Record<string, string>>;
  /** Time to connect and be acknowledged. */
  readonly connectTimeoutMs: number;
  /** A ping goes out this often; a socket that stays silent from one to the next is dead. */
  readonly pingMs: number;
  readonly maxMessageBytes: number;
  /** How long a connection without operations stays open. */
  readonly idleMs: number;
  /** Told once, whatever the reason. */
  readonly onClosed: (loss: ChannelLoss) => void;
}

/** Codes after which graphql-ws clients do not come back either: the peer refuses what we are or what we sent. */
const FATAL_CODES = new Set<number>([
  1002,
  1003,
  1007,
  1008,
  1009,
  1010,
  1011,
  CloseCode.InternalServerError,
  CloseCode.BadRequest,
  CloseCode.BadResponse,
  CloseCode.Unauthorized,
  CloseCode.Forbidden,
  CloseCode.SubprotocolNotAcceptable,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
]);

/** Answers to an upgrade that say nothing about the protocol: it may be understood later, or by others. */
const NOT_ABOUT_PROTOCOL = new Set([401, 403, 408, 429, 502, 503, 504]);

/** One socket to a subgraph, from its opening to its end, carrying any number of operations in whichever protocol the subgraph chose. */
export class WebSocketConnection {
  /** Resolves when operations may start; rejects with nothing to learn: `onClosed` says why. */
  readonly acknowledged: Promise<void>;
  readonly #options: WebSocketConnectionOptions;
  readonly #socket: WebSocket;
  #dialect: WebSocketDialect | undefined;
  readonly #operations = new Map<string, OperationListener>();
  readonly #connectTimer: NodeJS.Timeout;
  #endPinging: (() => void) | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #heard = true;
  #lastId = 0;
  #delivered = false;
  #ended = false;
  #acknowledge: () => void = () => undefined;
  #refuse: (error: Error) => void = () => undefined;

  constructor(options: WebSocketConnectionOptions) {
    this.#options = options;
    this.acknowledged = new Promise((resolve, reject) => {
      this.#acknowledge = resolve;
      this.#refuse = reject;
    });
    this.acknowledged.catch(() => undefined); // nobody may be waiting for it any more
    this.#socket = new WebSocket(
      options.url,
      options.dialects.map(({ protocol }) => protocol),
      { headers: { ...options.headers }, maxPayload: options.maxMessageBytes },
    );
    this.#connectTimer = setTimeout(
      () => this.#end({ fatal: false, message: `no acknowledgement within ${options.connectTimeoutMs} ms` }),
      options.connectTimeoutMs,
    );
    this.#listen();
  }

  /** True once it has carried an event. */
  get delivered(): boolean {
    return this.#delivered;
  }

  /** Starts an operation on an acknowledged connection. @returns its end: call it once to stop the operation at the subgraph */
  start({ query, variables, operationName }: SubgraphRequest, listener: OperationListener): () => void {
    const id = String((this.#lastId += 1));
    const dialect = this.#dialect;
    if (this.#ended || !dialect) {
      queueMicrotask(() => listener.lost({ fatal: false, message: 'it closed before the operation started' }));
      return () => undefined;
    }
    clearTimeout(this.#idleTimer);
    this.#operations.set(id, listener);
    this.#send(dialect.subscribe(id, { query, variables, operationName }));
    return () => {
      if (this.#operations.delete(id)) this.#send(dialect.stop(id));
      this.#closeWhenIdle();
    };
  }

  /** Ends the connection and every operation on it. */
  close(message: string): void {
    this.#end({ fatal: true, message });
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => {
      const { headers, dialects } = this.#options;
      this.#dialect = dialects.find(({ protocol }) => protocol === socket.protocol);
      this.#send({ type: MessageType.ConnectionInit, ...(Object.keys(headers).length > 0 ? { payload: headers } : {}) });
    });
    socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? undefined : data.toString()));
    socket.on('ping', () => (this.#heard = true));
    socket.on('pong', () => (this.#heard = true));
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      this.#end({
        fatal: status < 500 && status !== 429 && status !== 408,
        message: `the upgrade was answered with HTTP status ${status}`,
        ...(NOT_ABOUT_PROTOCOL.has(status) ? {} : { unsupported: true }),
      });
    });
    socket.on('error', (error) =>
      this.#end({
        fatal: isBrokenProtocol(error),
        message: error.message,
        ...(/subprotocol/i.test(error.message) ? { unsupported: true } : {}), // ws has no code for it
      }),
    );
    socket.on('close', (code, reason) =>
      this.#end({
        fatal: FATAL_CODES.has(code),
        message: `closed with ${code}${reason.length > 0 ? ` ${reason.toString()}` : ''}`,
        ...(isAboutProtocol(code) && !this.#endPinging ? { unsupported: true } : {}),
      }),
    );
  }

  #onMessage(text: string | undefined): void {
    this.#heard = true;
    const raw = parseMessage(text);
    const message = raw && this.#dialect?.read(raw);
    switch (message?.kind) {
      case 'acknowledged':
        clearTimeout(this.#connectTimer);
        this.#endPinging ??= everyAfterInput(this.#options.pingMs, () => this.#ping());
        this.#acknowledge();
        this.#closeWhenIdle();
        return;
      case 'ping':
        this.#send({ type: MessageType.Pong });
        return;
      case 'alive':
        return;
      case 'event':
        this.#delivered = true;
        this.#operations.get(message.id)?.next(message.payload);
        return;
      case 'ended': {
        const listener = this.#operations.get(message.id);
        this.#operations.delete(message.id);
        listener?.ended(message.errors);
        this.#closeWhenIdle();
        return;
      }
      case 'rejected':
        return this.#end({ fatal: true, message: 'it refused the connection' });
      default:
        this.#end({ fatal: true, message: `it sent something that is no message of ${this.#dialect?.protocol ?? 'the protocol'}` });
    }
  }

  #ping(): void {
    if (!this.#heard) return this.#end({ fatal: false, message: `silent for ${this.#options.pingMs} ms after a ping` });
    this.#heard = false;
    this.#socket.ping();
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(toJson(message));
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#operations.size > 0 || this.#ended) return;
    this.#idleTimer = setTimeout(() => this.#end({ fatal: false, message: 'nothing used it', idle: true }), this.#options.idleMs);
  }

  #end(loss: ChannelLoss): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#idleTimer);
    this.#endPinging?.();
    endSocket(this.#socket);
    const listeners = [...this.#operations.values()];
    this.#operations.clear();
    this.#refuse(new Error(loss.message));
    this.#options.onClosed(loss);
    for (const listener of listeners) listener.lost(loss);
  }
}

/** Servers of the older protocol may accept the first one offered, whatever it is, and close then. */
function isAboutProtocol(code: number): boolean {
  return code === 1002 || code === Number(CloseCode.SubprotocolNotAcceptable);
}

/** Codes of `ws` and its handshake errors, which have none, blame the peer; the system's codes (ECONNRESET …) blame the network. */
function isBrokenProtocol(error: Error): boolean {
  return toCode(error)?.startsWith('WS_ERR_') ?? true;
}

/** Says goodbye when somebody may be listening, and does not wait long for the answer. */
function endSocket(socket: WebSocket): void {
  if (socket.readyState === WebSocket.CONNECTING) return socket.terminate();
  socket.close(1000);
  const timer = setTimeout(() => socket.terminate(), 1_000);
  socket.once('close', () => clearTimeout(timer));
}

function parseMessage(text: string | undefined): AnyMessage | undefined {
  try {
    const value: unknown = parseExactly(text ?? '');
    return typeof value === 'object' && value !== null && 'type' in value ? value : undefined;
  } catch {
    return undefined; // the caller ends the connection
  }
}
