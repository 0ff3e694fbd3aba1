import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import { HttpExchange, type Carrier } from './http-exchange.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http1Error, type HttpAnswer } from './http1-response.ts';
import type { CallContext } from './subgraph-client.ts';

export interface Http1PoolOptions {
  readonly url: URL;
  /** For an exchange, the wait for a connection included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  /** Connections at once; more exchanges wait for one. */
  readonly connections: number;
}

export interface Http1Pool extends Stoppable {
  /**
   * @param request head and body; a text holds no character above U+00FF and is sent as Latin-1
   * @throws Http1Error, or what the socket says (ECONNREFUSED, ECONNRESET …); with `answerHadBegun` when a part of the answer had come
   */
  exchange(request: string | Buffer, signal: CallContext['signal']): Promise<HttpAnswer>;
}

/** How late a timeout may be noticed: one clock for all exchanges is cheaper than a timer for each. */
const CLOCK_MS = 25;

/** Connections to one server. Idle ones are kept, the last used one goes first, so that the others grow old and go. */
export function createHttp1Pool({ url, timeoutMs, maxResponseBytes, connections }: Http1PoolOptions): Http1Pool {
  const open = new Set<Http1Connection>();
  const idle: Http1Connection[] = [];
  /** In the order of their deadlines. */
  const waiting = new Set<HttpExchange>();
  /** How many exchanges are not over, those that wait among them. */
  let running = 0;
  let clock: NodeJS.Timeout | undefined;
  let isFast = false;
  let stopping: Promise<void> | undefined;
  let onEmpty: () => void = () => undefined;

  const line: Carrier = { drop: (exchange) => waiting.delete(exchange) };
  const onEnd = (): void => {
    running -= 1;
  };
  const overdue = (): Http1Error => new Http1Error('timeout', `no answer within ${timeoutMs} ms`);
  const stopped = (): Http1Error => new Http1Error('stopped', 'the client was stopped');

  const connect = (): Http1Connection => {
    const connection = new Http1Connection({ url, maxResponseBytes, onFree, onClosed });
    open.add(connection);
    return connection;
  };
  const onFree = (connection: Http1Connection): void => {
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      connection.carry(next);
    } else if (stopping) connection.close();
    else idle.push(connection);
  };
  const onClosed = (connection: Http1Connection): void => {
    open.delete(connection);
    const index = idle.indexOf(connection);
    if (index >= 0) idle.splice(index, 1);
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      connect().carry(next);
    } else if (open.size === 0) onEmpty();
  };

  const onTick = (): void => {
    const now = performance.now();
    for (const exchange of waiting) {
      if (exchange.deadlineAt > now) break;
      exchange.fail(overdue());
    }
    for (const { exchange } of open) if (exchange && exchange.deadlineAt <= now) exchange.fail(overdue());
    for (const connection of idle) if (connection.isStale(now)) connection.close();
    wind();
  };
  /** Fast while exchanges run, slow while idle connections grow old. */
  const wind = (): void => {
    isFast = running > 0;
    clock = isFast || idle.length > 0 ? setTimeout(onTick, isFast ? CLOCK_MS : 1_000) : undefined;
    if (!isFast) clock?.unref();
  };

  const close = async (deadlineAt: number): Promise<void> => {
    const closed = new Promise<void>((resolve) => (onEmpty = resolve));
    for (const connection of [...idle]) connection.close();
    if (open.size === 0) return;
    const rude = setTimeout(
      () => {
        for (const exchange of waiting) exchange.fail(stopped());
        for (const { exchange } of open) exchange?.fail(stopped());
        for (const connection of open) connection.close();
      },
      Math.max(0, deadlineAt - Date.now() - 250),
    );
    await closed;
    clearTimeout(rude);
    clearTimeout(clock);
  };

  return {
    exchange(request, signal) {
      if (signal.aborted) return Promise.reject(new Http1Error('aborted', 'the client left'));
      if (stopping) return Promise.reject(new Http1Error('stopped', 'the client is being stopped'));
      const now = performance.now();
      const exchange = new HttpExchange(request, now + timeoutMs, signal, onEnd);
      running += 1;
      if (!isFast) {
        clearTimeout(clock);
        wind();
      }
      for (let connection = idle.pop(); connection; connection = idle.pop()) {
        if (connection.isStale(now)) connection.close();
        else {
          connection.carry(exchange);
          return exchange.answer;
        }
      }
      if (open.size < connections) connect().carry(exchange);
      else {
        exchange.carrier = line;
        waiting.add(exchange);
      }
      return exchange.answer;
    },

    stop: (deadlineAt) => (stopping ??= close(deadlineAt)),
  };
}
