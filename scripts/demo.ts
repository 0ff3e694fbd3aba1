import { parseArgs } from 'node:util';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const HELP = `npm run demo [-- --url URL]

Against a running system (npm start, in another terminal): creates a user, subscribes, makes three payments, one of them above the
limit, and prints what arrived and how long it took. --url is the gateway's, by default http://127.0.0.1:4000/graphql.
`;
const EVENTS = `subscription ($userId: ID!) {
  paymentProcessed(userId: $userId) { payment { id status failureReason amount { amount currency } user { name balance { amount } } } }
}`;
const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id status } user { balance { amount currency } } } }`;

interface Event {
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly failureReason: string | null;
    readonly amount: { readonly amount: string; readonly currency: string };
    readonly user: { readonly name: string; readonly balance: { readonly amount: string } };
  };
}

const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:4000/graphql' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) process.stdout.write(HELP);
else await tellStory(values.url);

async function tellStory(url: string): Promise<void> {
  const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    const { createUser: user } = await send<{ createUser: { id: string; name: string } }>(
      url,
      `mutation { createUser(input: { name: "Demo", openingBalance: "20000.00" }) { id name } }`,
    );
    say(`created user ${user.id}, ${user.name}, with 20000.00 MXN`);
    const events = client.iterate<{ paymentProcessed: Event }>({ query: EVENTS, variables: { userId: user.id } });
    const sentAt = new Map<string, number>();
    const firstEvent = events.next(); // sends the subscription; it is live before the first payment is through
    say('subscribed to paymentProcessed over WebSocket');
    await new Promise((resolve) => setTimeout(resolve, 300));

    for (const amount of ['25.00', '10000.01', '4.50']) {
      const begunAt = performance.now();
      const { pay } = await send<{ pay: { payment: { id: string; status: string }; user: { balance: { amount: string } } } }>(url, PAY, {
        input: { userId: user.id, amount, description: 'demo' },
      });
      sentAt.set(pay.payment.id, begunAt);
      say(
        `paid ${amount}: ${pay.payment.status}, balance ${pay.user.balance.amount} (answered in ${(performance.now() - begunAt).toFixed(0)} ms)`,
      );
    }
    for (let seen = 0; seen < 3; seen += 1) {
      const result = await within(seen === 0 ? firstEvent : events.next(), 15_000);
      const payment = (result.value?.data as { paymentProcessed: Event } | undefined)?.paymentProcessed.payment;
      if (!payment) throw new Error(`expected an event, got ${JSON.stringify(result.value ?? 'the end of the stream')}`);
      const took = performance.now() - (sentAt.get(payment.id) ?? Number.NaN);
      say(
        `event: ${payment.amount.amount} ${payment.amount.currency} ${payment.status}${payment.failureReason ? ` (${payment.failureReason})` : ''}, ${payment.user.name} now has ${payment.user.balance.amount} (${took.toFixed(0)} ms after the mutation)`,
      );
    }
    say(`look around: ${url}`);
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : JSON.stringify(error)}\nIs the system running at ${url}? Start it with: npm start\n`,
    );
    process.exitCode = 1;
  } finally {
    await client.dispose();
  }
}

async function send<Data>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Data; errors?: readonly { message: string }[] };
  if (answer.errors || !answer.data)
    throw new Error(answer.errors?.map(({ message }) => message).join('; ') ?? `status ${response.status}`);
  return answer.data;
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
