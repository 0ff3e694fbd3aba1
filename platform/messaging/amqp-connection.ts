import { connect, type ChannelModel } from 'amqplib';
import type { Duplex } from 'node:stream';
import { withDeadline } from '../foundation/lifecycle.ts';
import { alwaysWriteTogether } from '../foundation/write-together.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** A frozen server never answers the goodbye. */
const GOODBYE_MS = 1_000;

export interface AmqpConnection {
  readonly model: ChannelModel;
  /** Rejects when the connection is of no use any more; never resolves. */
  readonly broken: Promise<never>;
  /** Says that it is of no use any more. */
  fail(error: Error): void;
  /** Says goodbye, for a second at most and not beyond the deadline, and cuts the socket. */
  close(deadlineAt: number): Promise<void>;
}

export interface AmqpConnectionOptions {
  /** Shown by RabbitMQ's tools. */
  readonly name: string;
  /** Unless the URL has its own `heartbeat`. A silent server is noticed after two to three of them. */
  readonly heartbeatSeconds: number;
  /** Ends the attempt; of no effect once it is open. */
  readonly signal: AbortSignal;
}

/** Opens one connection, once. */
export async function openAmqpConnection(url: string, { name, heartbeatSeconds, signal }: AmqpConnectionOptions): Promise<AmqpConnection> {
  const socket = new AbortController();
  const cut = (): void => socket.abort();
  signal.addEventListener('abort', cut, { once: true });
  try {
    const model = await connect(withHeartbeat(url, heartbeatSeconds), {
      signal: socket.signal,
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      keepAlive: true,
      keepAliveDelay: 10_000,
      clientProperties: { connection_name: name },
    } as Parameters<typeof connect>[1]); // amqplib hands all of it to net.connect, its types know only part
    alwaysWriteTogether((model.connection as unknown as { stream: Duplex }).stream); // amqplib writes each frame by itself
    let fail: (error: Error) => void = () => undefined;
    const broken = new Promise<never>((_resolve, reject) => (fail = reject));
    broken.catch(() => undefined); // whether anybody waits for it or not
    model.on('error', fail);
    model.on('close', (error) => fail(error ?? new Error('the connection was closed')));
    const close = async (deadlineAt: number): Promise<void> => {
      await withDeadline(model.close(), Math.min(deadlineAt, Date.now() + GOODBYE_MS)).catch(() => undefined); // closed already is closed
      cut();
    };
    return { model, broken, fail, close };
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

function withHeartbeat(url: string, seconds: number): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(seconds));
  return parsed.href;
}
