import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, post, subscribeSse } from '../support/graphql-client.ts';
import { BROKERS, startSystem, type RunningSystem } from '../support/running-system.ts';

interface Event {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly failureReason: string | null;
    readonly user: { readonly id: string; readonly name: string; readonly balance: { readonly amount: string } };
  };
}

const EVENTS = `subscription ($userId: ID, $after: String) {
  paymentProcessed(userId: $userId, after: $after) {
    cursor occurredAt payment { id status failureReason user { id name balance { amount } } }
  }
}`;
const PAY = `mutation ($input: PayInput!) {
  pay(input: $input) { payment { id status amount { amount currency } description processedAt user { id } } user { id name balance { amount currency } } }
}`;
const CREATE = `mutation ($input: CreateUserInput!) { createUser(input: $input) { id name balance { amount currency } } }`;
interface Paid {
  readonly pay: {
    readonly payment: { readonly id: string; readonly status: string };
    readonly user: { readonly balance: { readonly amount: string } };
  };
}

describe.each(BROKERS)('one payment, end to end, on the %s', (broker) => {
  let system: RunningSystem;

  beforeAll(async () => {
    system = await startSystem(broker);
  }, 90_000);
  afterAll(() => system?.[Symbol.asyncDispose]());

  const createUser = async (name: string, openingBalance: string): Promise<string> =>
    (await ask<{ createUser: { id: string } }>(system.url, CREATE, { input: { name, openingBalance } })).createUser.id;
  const pay = async (userId: string, amount: string): Promise<Paid['pay']> =>
    (await ask<Paid>(system.url, PAY, { input: { userId, amount } })).pay;
  const statusOf = async (id: string): Promise<string | undefined> =>
    (await ask<{ payment: { status: string } | null }>(system.url, `query ($id: ID!) { payment(id: $id) { status } }`, { id })).payment
      ?.status;
  const balanceOf = async (id: string): Promise<string> =>
    (await ask<{ user: { balance: { amount: string } } }>(system.url, `query ($id: ID!) { user(id: $id) { balance { amount } } }`, { id }))
      .user.balance.amount;

  it('the first start knows Willis with 500.00 MXN and Ana with 700.00 MXN', async () => {
    const { users } = await ask<{ users: { nodes: unknown[] } }>(
      system.url,
      `{ users(first: 2) { nodes { id name balance { amount currency } } } }`,
    );

    expect(users.nodes).toEqual([
      { id: '1', name: 'Willis', balance: { amount: '500.00', currency: 'MXN' } },
      { id: '2', name: 'Ana', balance: { amount: '700.00', currency: 'MXN' } },
    ]);
  });

  it('pay debits at once and answers PENDING', async () => {
    const userId = await createUser('Payer', '100.00');

    const { pay: answer } = await ask<{ pay: unknown }>(system.url, PAY, { input: { userId, amount: '25.00', description: 'coffee' } });

    expect(answer).toEqual({
      payment: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        status: 'PENDING',
        amount: { amount: '25.00', currency: 'MXN' },
        description: 'coffee',
        processedAt: null,
        user: { id: userId },
      },
      user: { id: userId, name: 'Payer', balance: { amount: '75.00', currency: 'MXN' } },
    });
  });

  it.each(['WebSocket', 'SSE'])('a processed payment is reported over %s, enriched by the users service', async (transport) => {
    const userId = await createUser(`Watched ${transport}`, '100.00');
    const leave = new AbortController();
    const client = connectWebSocket(system.url);
    const stream =
      transport === 'SSE'
        ? subscribeSse<{ paymentProcessed: Event }>(system.url, EVENTS, { userId }, leave.signal)
        : client.iterate<{ paymentProcessed: Event }>({ query: EVENTS, variables: { userId } });
    const first = stream.next();

    // a subscription without a cursor is live at an unknown moment, so pay until it reports
    const ids: string[] = [];
    let settled = false;
    void first.finally(() => (settled = true)).catch(() => undefined);
    while (!settled && ids.length < 20) {
      ids.push((await pay(userId, '1.00')).payment.id);
      await eventually(() => settled, 1_000).catch(() => undefined);
    }
    const event = (await first).value?.data?.paymentProcessed;
    leave.abort();
    await client.dispose();

    expect(ids).toContain(event?.payment.id);
    expect(event).toMatchObject({
      cursor: expect.any(String),
      payment: { status: 'PROCESSED', failureReason: null, user: { id: userId, name: `Watched ${transport}` } },
    });
    expect(Number.isNaN(Date.parse(event?.occurredAt ?? ''))).toBe(false);
    expect(event?.payment.user.balance.amount).toBe(await balanceOf(userId));
  });

  it('a subscription with a cursor gets everything behind it, then what comes, without a gap or a repeat', async () => {
    const userId = await createUser('Replayed', '1000.00');
    const readUntil = async (after: string | null, isEnough: (events: readonly Event[]) => boolean): Promise<Event[]> => {
      const client = connectWebSocket(system.url);
      const events: Event[] = [];
      try {
        for await (const result of client.iterate<{ paymentProcessed: Event }>({ query: EVENTS, variables: { userId, after } })) {
          if (!result.data) throw new Error(JSON.stringify(result.errors));
          events.push(result.data.paymentProcessed);
          if (isEnough(events)) break;
        }
      } finally {
        await client.dispose();
      }
      return events;
    };
    let seen: Event | undefined;
    const live = readUntil(null, () => true).then(([event]) => (seen = event));
    while (!seen) {
      await pay(userId, '1.00');
      await eventually(() => seen, 1_000).catch(() => undefined);
    }
    await live;
    const { cursor } = seen;

    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await pay(userId, '2.00')).payment.id);
    for (const id of ids) await eventually(async () => (await statusOf(id)) === 'PROCESSED');
    const following = readUntil(
      cursor,
      (events) => ids.length === 15 && ids.every((id) => events.some((event) => event.payment.id === id)),
    );
    await Promise.all(Array.from({ length: 10 }, async () => ids.push((await pay(userId, '3.00')).payment.id)));
    await pay(userId, '4.00'); // one event behind the last, so that the reader looks once more
    const events = await following;
    const again = await readUntil(cursor, (all) => all.length === events.length);

    expect(new Set(events.map((event) => event.cursor)).size).toBe(events.length);
    expect(new Set(events.map((event) => event.payment.id)).size).toBe(events.length);
    expect(events.map((event) => event.payment.id)).toEqual(expect.arrayContaining(ids));
    expect(again.map((event) => event.cursor)).toEqual(events.map((event) => event.cursor));
  });

  it('a payment above the limit fails and is credited back', async () => {
    const userId = await createUser('Rich', '20000.00');

    const { payment, user } = await pay(userId, '10000.01');
    await eventually(async () => (await statusOf(payment.id)) === 'FAILED');

    expect(user.balance.amount).toBe('9999.99');
    await eventually(async () => (await balanceOf(userId)) === '20000.00');
    const { payment: seen } = await ask<{ payment: unknown }>(
      system.url,
      `query ($id: ID!) { payment(id: $id) { status failureReason amount { amount } } }`,
      { id: payment.id },
    );
    expect(seen).toEqual({ status: 'FAILED', failureReason: 'LIMIT_EXCEEDED', amount: { amount: '10000.01' } });
  });

  it('pause holds payments back and resume lets them go', async () => {
    const userId = await createUser('Patient', '100.00');
    const { pauseProcessing } = await ask<{ pauseProcessing: { paused: boolean } }>(
      system.url,
      `mutation { pauseProcessing { paused waiting deadLettered } }`,
    );
    const { payment } = await pay(userId, '1.00');

    await eventually(
      async () => (await ask<{ processing: { waiting: number } }>(system.url, `{ processing { waiting } }`)).processing.waiting === 1,
    );
    const whilePaused = await statusOf(payment.id);
    await ask(system.url, `mutation { resumeProcessing { paused } }`);

    expect(pauseProcessing.paused).toBe(true);
    expect(whilePaused).toBeUndefined();
    await eventually(async () => (await statusOf(payment.id)) === 'PROCESSED');
  });

  it('answers what nobody knows with null, and nonsense with a code', async () => {
    const { user, payment } = await ask<{ user: null; payment: null }>(
      system.url,
      `{ user(id: "999999") { id } payment(id: "00000000-0000-7000-8000-000000000000") { id } }`,
    );
    const refused = await post(system.url, PAY, { input: { userId: '1', amount: '1e3' } });

    expect([user, payment]).toEqual([null, null]);
    expect(refused.errors?.[0]).toMatchObject({ path: ['pay'], extensions: { code: 'BAD_USER_INPUT', serviceName: 'users' } });
    expect(JSON.stringify(refused.errors)).toContain('amount');
  });
});
