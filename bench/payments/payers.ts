import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { encodeRequest } from '../load/encode-request.ts';
import { HttpConnection } from '../load/http-connection.ts';

/** One payment that was asked for. Times are of `performance.now()`. */
export interface Paid {
  readonly paymentId: string;
  readonly userId: string;
  /** When it was to be sent; when the sender was late, earlier than when it was. */
  readonly dueAt: number;
  readonly answeredAt: number;
}

export interface PayersOptions {
  readonly port: number;
  readonly userIds: readonly string[];
  readonly seconds: number;
  /** Payments that fall due in a second, whether earlier ones were answered or not; absent: each connection pays again as soon as it has its answer. */
  readonly perSecond?: number;
  /** With `perSecond`: one at equal distances, in place of at random moments. */
  readonly evenly?: boolean;
  /** Default 64; in the open loop as many as are needed, at most 512. */
  readonly connections?: number;
}

const PAY = `mutation ($userId: ID!, $key: String!) { pay(input: { userId: $userId, amount: "1.00", idempotencyKey: $key }) { payment { id } } }`;
const PAYMENT_ID = /"id":"([0-9a-f-]{36})"/;
const MAX_CONNECTIONS = 512;

/** Pays at the gateway, each payment with a key of its own and the next user in turn. @throws Error when a payment is refused */
export async function pay(options: PayersOptions): Promise<readonly Paid[]> {
  return options.perSecond === undefined ? payInTurns(options) : payAtRate(options, options.perSecond);
}

async function payInTurns({ port, userIds, seconds, connections = 64 }: PayersOptions): Promise<readonly Paid[]> {
  const paid: Paid[] = [];
  const stopAt = performance.now() + seconds * 1_000;
  let turn = 0;
  const loop = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    try {
      for (let now = performance.now(); now < stopAt; now = performance.now()) {
        paid.push(await payOnce(connection, userIds[turn++ % userIds.length] ?? '', now));
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return paid;
}

/**
 * An open loop: payments fall due at random moments (a Poisson process), and the latency counts from when a payment was due. So a system that
 * stalls is charged for everybody who would have come meanwhile.
 */
async function payAtRate({ port, userIds, seconds, evenly = false }: PayersOptions, perSecond: number): Promise<readonly Paid[]> {
  const idle: HttpConnection[] = [];
  const open: HttpConnection[] = [];
  const due: number[] = [];
  const paid: Paid[] = [];
  const running = new Set<Promise<void>>();
  let failure: unknown;
  let turn = 0;

  const send = (connection: HttpConnection, dueAt: number): void => {
    const one = payOnce(connection, userIds[turn++ % userIds.length] ?? '', dueAt)
      .then(
        (result) => {
          paid.push(result);
          const next = due.shift();
          if (next === undefined) idle.push(connection);
          else send(connection, next);
        },
        (error: unknown) => void (failure ??= error),
      )
      .finally(() => running.delete(one));
    running.add(one);
  };
  const arrive = (dueAt: number): void => {
    const connection = idle.pop();
    if (connection) return send(connection, dueAt);
    if (open.length >= MAX_CONNECTIONS) return void due.push(dueAt);
    const fresh = new HttpConnection(port);
    open.push(fresh);
    send(fresh, dueAt);
  };
  const gapMs = (): number => ((evenly ? 1 : -Math.log(1 - Math.random())) * 1_000) / perSecond;

  const startedAt = performance.now();
  let nextAt = startedAt + gapMs();
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const now = performance.now();
      if (failure !== undefined || now - startedAt > seconds * 1_000) return resolve();
      for (; nextAt <= now; nextAt += gapMs()) arrive(nextAt);
      setTimeout(tick, Math.max(0, nextAt - performance.now()));
    };
    tick();
  });
  while (running.size > 0) await Promise.all(running);
  for (const connection of open) connection.close();
  if (failure !== undefined) throw failure;
  return paid;
}

async function payOnce(connection: HttpConnection, userId: string, dueAt: number): Promise<Paid> {
  const { body } = await connection.send(encodeRequest({ query: PAY, variables: { userId, key: randomUUID() } }), true);
  const answeredAt = performance.now();
  const paymentId = PAYMENT_ID.exec(body)?.[1];
  if (paymentId === undefined) throw new Error(`a payment was not accepted: ${body}`);
  return { paymentId, userId, dueAt, answeredAt };
}
