import type { ChannelModel } from 'amqplib';
import { backoffDelayMs, pause } from '../foundation/backoff.ts';
import { withDeadline, type Stoppable } from '../foundation/lifecycle.ts';
import { openAmqpConnection, type AmqpConnection } from './amqp-connection.ts';
import { toAddress } from './amqp-errors.ts';

/** After a connection that broke sooner the waits go on growing: one that comes up and breaks at once must not be a tight loop. */
const STABLE_AFTER_MS = 2_000;
const SETUP_TIMEOUT_MS = 20_000;

export interface AmqpLinkOptions {
  /** One, or the nodes of a cluster: each failure goes on to the next. */
  readonly urls: readonly string[];
  readonly name: string;
  readonly heartbeatSeconds: number;
  /**
   * Makes the connection useful: declarations, channels, consumers. When it throws, or calls `fail` now or later, the connection is given up and a
   * new one is made after a wait. `fail` is for what amqplib does not take for a failure: a closed channel, a cancelled consumer.
   */
  readonly setup: (model: ChannelModel, fail: (error: Error) => void) => Promise<void>;
  /** Called when a connection is gone whose `setup` was begun. */
  readonly onDown: () => void;
  /** Called before each wait. */
  readonly onWait: (failure: { error: unknown; address: string; waitMs: number }) => void;
}

/**
 * A connection that comes back for ever. amqplib has a recovery of its own, but it knows one address, does not wait longer when connections break
 * soon after they came about, and says goodbye to a frozen server without a limit: so the loop is here.
 */
export function startAmqpLink(options: AmqpLinkOptions): Stoppable {
  const { urls, name, heartbeatSeconds, setup, onDown, onWait } = options;
  const stopping = new AbortController();
  let current: AmqpConnection | undefined;
  let closeBy = Infinity;

  /** Lives as long as one connection. @throws why it ended */
  const connectOnce = async (url: string): Promise<void> => {
    const connection = await openAmqpConnection(url, { name, heartbeatSeconds, signal: stopping.signal });
    current = connection;
    try {
      await Promise.race([withDeadline(setup(connection.model, connection.fail), Date.now() + SETUP_TIMEOUT_MS), connection.broken]);
      await connection.broken;
    } finally {
      current = undefined;
      onDown();
      await connection.close(closeBy);
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const url = urls[turn % urls.length] ?? '';
      const startedAt = Date.now();
      try {
        await connectOnce(url);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (Date.now() - startedAt > STABLE_AFTER_MS) failures = 0;
        const waitMs = backoffDelayMs(failures);
        failures += 1;
        onWait({ error, address: toAddress(url), waitMs });
        await pause(waitMs, stopping.signal);
      }
    }
  };
  const finished = run();

  return {
    async stop(deadlineAt) {
      closeBy = Math.min(closeBy, deadlineAt);
      stopping.abort();
      current?.fail(new Error('stopped'));
      await finished;
    },
  };
}
