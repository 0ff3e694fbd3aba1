import { performance } from 'node:perf_hooks';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** Milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface PaymentsResult {
  /** From sending the mutation to receiving the event, payments made one after the other. */
  readonly mutationToEvent: Distribution;
  /** From sending the mutation to its answer, in the same run. */
  readonly mutation: Distribution;
  /** Accepted and reported by the subscription, with `clients` that pay side by side. */
  readonly throughput: { readonly clients: number; readonly payments: number; readonly perSecond: number };
}

const CREATE = `mutation { createUser(input: { name: "Bench", openingBalance: "100000000.00" }) { id } }`;
const PAY = `mutation ($userId: ID!) { pay(input: { userId: $userId, amount: "1.00" }) { payment { id } } }`;
const EVENTS = `subscription ($userId: ID!) { paymentProcessed(userId: $userId) { cursor payment { id status user { name } } } }`;

/**
 * Measures a running system from outside, through its gateway.
 * @param options.sequential payments for the latency; the first tenth warms up and does not count
 * @throws Error when the system refuses a payment or an event does not come within 30 s
 */
export async function measurePayments(
  url: string,
  options: { sequential: number; concurrent: number; clients: number },
): Promise<PaymentsResult> {
  const { createUser } = await send<{ createUser: { id: string } }>(url, CREATE, {});
  const userId = createUser.id;
  const arrivals = await listen(url, userId);
  try {
    const warmUp = Math.ceil(options.sequential / 10);
    const toEvent: number[] = [];
    const toAnswer: number[] = [];
    for (let count = 0; count < warmUp + options.sequential; count += 1) {
      const sentAt = performance.now();
      const id = await payOnce(url, userId);
      const answeredAt = performance.now();
      const seenAt = await arrivals.of(id);
      if (count < warmUp) continue;
      toEvent.push(seenAt - sentAt);
      toAnswer.push(answeredAt - sentAt);
    }

    const begunAt = performance.now();
    let left = options.concurrent;
    const ids: string[] = [];
    await Promise.all(
      Array.from({ length: options.clients }, async () => {
        while (left-- > 0) ids.push(await payOnce(url, userId));
      }),
    );
    const lastAt = Math.max(...(await Promise.all(ids.map((id) => arrivals.of(id)))));
    return {
      mutationToEvent: describe(toEvent),
      mutation: describe(toAnswer),
      throughput: { clients: options.clients, payments: ids.length, perSecond: ids.length / ((lastAt - begunAt) / 1000) },
    };
  } finally {
    await arrivals.close();
  }
}

async function payOnce(url: string, userId: string): Promise<string> {
  return (await send<{ pay: { payment: { id: string } } }>(url, PAY, { userId })).pay.payment.id;
}

async function send<Data>(url: string, query: string, variables: Record<string, unknown>): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Data; errors?: unknown };
  if (answer.errors || !answer.data) throw new Error(`the system answered ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

/** When the event of each payment arrived. Subscribes with a first payment, so that the subscription is known to be live. */
async function listen(url: string, userId: string): Promise<{ of(id: string): Promise<number>; close(): Promise<void> }> {
  const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const arrived = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const reading = (async () => {
    for await (const result of client.iterate<{ paymentProcessed: { payment: { id: string } } }>({
      query: EVENTS,
      variables: { userId },
    })) {
      const id = result.data?.paymentProcessed.payment.id;
      if (!id) throw new Error(`an event with an error: ${JSON.stringify(result.errors)}`);
      arrived.set(id, performance.now());
      waiting.get(id)?.(performance.now());
    }
  })();
  reading.catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  const of = (id: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const at = arrived.get(id);
      if (at !== undefined) return resolve(at);
      const timer = setTimeout(() => reject(new Error(`no event of payment ${id} within 30 s`)), 30_000);
      waiting.set(id, (seenAt) => {
        clearTimeout(timer);
        resolve(seenAt);
      });
    });
  for (let attempt = 0; arrived.size === 0 && attempt < 50; attempt += 1) {
    await payOnce(url, userId);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { of, close: async () => client.dispose() };
}

function describe(values: number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
