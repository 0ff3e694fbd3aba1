import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run demo [-- --url URL]

Against a running system (npm start, in another terminal): creates a user, subscribes, makes three payments, one of them above the
limit, and prints what arrived and how long it took. --url is the gateway's, by default http://127.0.0.1:4000/graphql.
`;
const EVENTS = `subscription ($userId: ID!, $after: String!) {
  paymentProcessed(userId: $userId, after: $after) { payment { id status failureReason amount { amount currency } user { name balance { amount } } } }
}`;
const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id status } user { balance { amount currency } } } }`;
const ABOVE_THE_LIMIT = '10000.01';
const EVENT_MS = 15_000;

/** Something that the person at the terminal can do something about. */
class Obstacle extends Error {}

interface PaymentEvent {
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly failureReason: string | null;
    readonly amount: { readonly amount: string; readonly currency: string };
    readonly user: { readonly name: string; readonly balance: { readonly amount: string } };
  };
}

const { values } = readCommandLine(HELP, { options: { url: { type: 'string', default: 'http://127.0.0.1:4000/graphql' } } });
if (!/^https?:\/\//.test(values.url) || !URL.canParse(values.url))
  refuse(`--url ${values.url} is no URL that starts with http:// or https://`);
const { url } = values;
const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
try {
  await tellStory();
} catch (error) {
  process.stderr.write(
    error instanceof Obstacle ? `${error.message}\n` : `the demo stopped: ${error instanceof Error ? error.message : reasonOf(error)}\n`,
  );
  process.exitCode = 1;
} finally {
  await client.dispose();
}

async function tellStory(): Promise<void> {
  const { createUser: user } = await send<{ createUser: { id: string; name: string } }>(
    `mutation { createUser(input: { name: "Demo", openingBalance: "20000.00" }) { id name } }`,
  );
  say(`created user ${user.id}, ${user.name}, with 20000.00 MXN`);
  const { paymentEventsCursor: after } = await send<{ paymentEventsCursor: string }>(`{ paymentEventsCursor }`);
  const events = client.iterate<{ paymentProcessed: PaymentEvent }>({ query: EVENTS, variables: { userId: user.id, after } });
  let next = within(events.next(), EVENT_MS); // sends the subscription; its cursor is older than the first payment, so nothing can be missed
  next.catch(() => undefined); // told where it is awaited
  say('subscribed to paymentProcessed over WebSocket');

  const sentAt = new Map<string, number>();
  for (const amount of ['25.00', ABOVE_THE_LIMIT, '4.50']) {
    const begunAt = performance.now();
    const { pay } = await send<{ pay: { payment: { id: string; status: string }; user: { balance: { amount: string } } } }>(PAY, {
      input: { userId: user.id, amount, description: 'demo' },
    });
    sentAt.set(pay.payment.id, begunAt);
    say(
      `paid ${amount}: ${pay.payment.status}, balance ${pay.user.balance.amount} (answered in ${(performance.now() - begunAt).toFixed(0)} ms)`,
    );
  }
  for (let seen = 1; seen <= sentAt.size; seen += 1) {
    const result = await next;
    if (seen < sentAt.size) (next = within(events.next(), EVENT_MS)).catch(() => undefined);
    const payment = (result.value?.data as { paymentProcessed: PaymentEvent } | undefined)?.paymentProcessed.payment;
    if (!payment) throw new Error(`expected an event, got ${JSON.stringify(result.value ?? 'the end of the stream')}`);
    const took = performance.now() - (sentAt.get(payment.id) ?? Number.NaN);
    say(
      `event: ${payment.amount.amount} ${payment.amount.currency} ${payment.status}${payment.failureReason ? ` (${payment.failureReason})` : ''}, ${payment.user.name} now has ${payment.user.balance.amount} (${took.toFixed(0)} ms after the mutation)`,
    );
  }
  say(`look at it: ${new URL(`/#/accounts/${encodeURIComponent(user.id)}`, url).href}`);
  say(`explore the graph: ${url}`);
}

async function send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(EVENT_MS),
  }).catch((error: unknown) => {
    throw new Obstacle(`nothing answers at ${url} (${reasonOf(error)}). Start the system in another terminal: npm start`);
  });
  const answer = (await response.json().catch(() => undefined)) as { data?: Data; errors?: readonly { message: string }[] } | undefined;
  if (typeof answer !== 'object' || (!answer.data && !answer.errors))
    throw new Obstacle(`${url} answers with status ${response.status}, but not as GraphQL: is it the gateway's address?`);
  if (answer.errors || !answer.data) throw new Obstacle(`${url} says: ${answer.errors?.map(({ message }) => message).join('; ')}`);
  return answer.data;
}

/** `fetch` and WebSocket hide the reason in a cause or an event. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message, reason } = cause as { code?: unknown; message?: unknown; reason?: unknown };
  return String(code || message || reason || JSON.stringify(error));
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no event within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
