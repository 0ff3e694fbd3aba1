import { backoffDelayMs, pause, type Backoff } from '../../platform/foundation/backoff.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import { ChannelError, type ChannelLoss } from './subscription-channel.ts';
import { WebSocketConnection, type WebSocketConnectionOptions } from './websocket-connection.ts';

/** A connection that lived this long, or carried an event, was a good one: its loss starts the back-off anew. */
const GOOD_LIFE_MS = 10_000;

export interface ConnectionLane extends Stoppable {
  /**
   * The connection that all operations of this lane share; opened when there is none. After a loss it waits with back-off first, and
   * every operation waits for the same attempt, so that a dead subgraph gets one connection attempt at a time.
   * @throws ChannelError with the loss
   */
  connect(): Promise<WebSocketConnection>;
  /** True while there is a connection or an attempt at one. */
  readonly busy: boolean;
}

/** @param options.onOpened told of every connection that was acknowledged @param options.onClosed told of every connection's end @param options.backoff between attempts; default 100 ms to 5 s */
export function createConnectionLane({
  backoff,
  onOpened,
  onClosed,
  ...options
}: WebSocketConnectionOptions & { onOpened: () => void; backoff?: Backoff }): ConnectionLane {
  const stopping = new AbortController();
  let current: WebSocketConnection | undefined;
  let connecting: Promise<WebSocketConnection> | undefined;
  let failures = 0;

  const open = async (): Promise<WebSocketConnection> => {
    if (failures > 0) await pause(backoffDelayMs(failures - 1, backoff), stopping.signal);
    if (stopping.signal.aborted) throw new ChannelError({ fatal: true, message: 'the gateway is stopping' });
    const openedAt = Date.now();
    let lost: ChannelLoss | undefined;
    const connection = new WebSocketConnection({
      ...options,
      onClosed: (loss) => {
        lost = loss;
        if (current === connection) current = undefined;
        const wasGood = connection.delivered || Date.now() - openedAt > GOOD_LIFE_MS;
        failures = loss.idle ? 0 : wasGood ? 1 : failures + 1;
        onClosed(loss);
      },
    });
    current = connection;
    try {
      await connection.acknowledged;
      onOpened();
      return connection;
    } catch (error) {
      throw lost ? new ChannelError(lost) : error;
    }
  };

  return {
    get busy() {
      return current !== undefined || connecting !== undefined;
    },
    async connect() {
      if (connecting) return connecting;
      if (current) return current;
      connecting = open().finally(() => (connecting = undefined));
      return connecting;
    },
    stop() {
      stopping.abort();
      current?.close('the gateway is stopping');
    },
  };
}
