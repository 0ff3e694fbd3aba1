import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { toWireMessage, type CloudEvent } from '../../platform/messaging/messages.ts';
import type { WireMessage } from '../../platform/messaging/broker.ts';
import { paymentOutcome, paymentRequested, type RequestedPayment } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE, EVENTS_EXCHANGE, PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, post } from '../support/graphql-client.ts';
import { findViolations, openMoneyChecker, type MoneyChecker } from '../support/money-checker.ts';
import { AsyncStack, startSubgraphs, type RunningSubgraphs } from '../support/subgraph-services.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id requestedAt } } }`;
const PAYMENT = `query ($id: ID!) { payment(id: $id) { id status description requestedAt processedAt failureReason amount { amount currency } user { id } } }`;
const USER = `query ($id: ID!) { user(id: $id) { balance { amount } pendingPayments { id } } }`;

describe('what becomes of an accepted payment', () => {
  const stack = new AsyncStack();
  let system: RunningSubgraphs;
  let checker: MoneyChecker;

  beforeAll(async () => {
    system = stack.use(await startSubgraphs());
    checker = stack.use(await openMoneyChecker(system.usersDatabaseUrl, system.paymentsDatabaseUrl));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const createUser = async (openingBalance: string, currency = 'MXN'): Promise<string> =>
    (
      await ask<{ createUser: { id: string } }>(
        system.users.url,
        `mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }`,
        {
          input: { name: 'Payer', openingBalance, currency },
        },
      )
    ).createUser.id;
  const pay = async (input: Record<string, unknown>): Promise<{ id: string; requestedAt: string }> =>
    (await ask<{ pay: { payment: { id: string; requestedAt: string } } }>(system.users.url, PAY, { input })).pay.payment;
  const paymentOf = async (id: string): Promise<Record<string, unknown> | null> =>
    (await ask<{ payment: Record<string, unknown> | null }>(system.payments.url, PAYMENT, { id })).payment;
  const userOf = async (id: string): Promise<{ balance: { amount: string }; pendingPayments: unknown[] }> =>
    (await ask<{ user: { balance: { amount: string }; pendingPayments: unknown[] } }>(system.users.url, USER, { id })).user;
  const settled = (id: string): Promise<unknown> => eventually(async () => (await userOf(id)).pendingPayments.length === 0);
  const entriesOf = async (id: string): Promise<unknown[]> =>
    (
      await checker.payments.query(
        'select account, amount_minor, currency from ledger_entries where payment_id = $1 order by amount_minor',
        [id],
      )
    ).rows;

  const request = (change: Partial<RequestedPayment> = {}): RequestedPayment => ({
    paymentId: randomUUID(),
    userId: '1',
    amountMinor: 100n,
    currency: 'MXN',
    description: null,
    requestedAt: new Date(),
    ...change,
  });
  const send = (message: WireMessage): Promise<void> =>
    system.broker.publish(COMMANDS_EXCHANGE, 'payment.requested.v1', message, { mandatory: true });
  /** What was set aside last, taken out of parking. */
  const takeParked = async (queue = PAYMENT_REQUESTS.parking.queue): Promise<{ body: string; reason: string }> => {
    const delivery = await eventually(() => system.broker.take(queue));
    delivery.ack();
    return { body: delivery.message.body.toString(), reason: String(delivery.message.headers['x-reason']) };
  };

  it('it is booked in the ledger, and users hears of it', async () => {
    const userId = await createUser('10.00');

    const { id, requestedAt } = await pay({ userId, amount: '2.50', description: 'tea' });
    await settled(userId);

    expect(await paymentOf(id)).toEqual({
      id,
      status: 'PROCESSED',
      description: 'tea',
      requestedAt,
      processedAt: expect.stringMatching(/Z$/),
      failureReason: null,
      amount: { amount: '2.50', currency: 'MXN' },
      user: { id: userId },
    });
    expect(await entriesOf(id)).toEqual([
      { account: `user:${userId}`, amount_minor: '-250', currency: 'MXN' },
      { account: 'clearing', amount_minor: '250', currency: 'MXN' },
    ]);
    expect((await userOf(userId)).balance.amount).toBe('7.50');
  });

  it.each([
    ['10000.01', 'MXN', '20000.00'],
    ['10001', 'JPY', '20000'],
    ['10000.001', 'KWD', '20000.000'],
  ])('%s %s is above the limit: it fails, is credited back, and books nothing', async (amount, currency, openingBalance) => {
    const userId = await createUser(openingBalance, currency);

    const { id } = await pay({ userId, amount });
    await settled(userId);

    expect(await paymentOf(id)).toMatchObject({ status: 'FAILED', failureReason: 'LIMIT_EXCEEDED', processedAt: expect.any(String) });
    expect((await userOf(userId)).balance.amount).toBe(openingBalance);
    expect(await entriesOf(id)).toEqual([]);
  });

  it.each([
    ['10000.00', 'MXN'],
    ['10000', 'JPY'],
  ])('%s %s is not above the limit', async (amount, currency) => {
    const userId = await createUser('10000', currency);

    const { id } = await pay({ userId, amount });

    await eventually(async () => (await paymentOf(id))?.status === 'PROCESSED');
  });

  it('an idempotency key that is used again after the outcome answers with the outcome', async () => {
    const userId = await createUser('20000.00');
    const input = { userId, amount: '10000.01', idempotencyKey: 'k' };
    const { id } = await pay(input);
    await settled(userId);

    const replay = await ask(
      system.users.url,
      `mutation ($input: PayInput!) { pay(input: $input) { payment { id status failureReason processedAt } user { balance { amount } } } }`,
      { input },
    );

    expect(replay).toEqual({
      pay: {
        payment: { id, status: 'FAILED', failureReason: 'LIMIT_EXCEEDED', processedAt: (await paymentOf(id))?.processedAt },
        user: { balance: { amount: '20000.00' } },
      },
    });
  });

  it('a request that arrives three times is booked once, and its outcome is told each time', async () => {
    const again = request({ userId: 'stranger' });
    const outcomes: string[] = [];
    const listening = await system.broker.consumeBroadcast(EVENTS_EXCHANGE, ['#'], (message) => {
      if (message.correlationId === again.paymentId) outcomes.push(JSON.stringify([message.messageId, message.body.toString()]));
    });

    for (const _ of [1, 2, 3]) {
      const told = outcomes.length;
      await send(toWireMessage(paymentRequested(again)));
      await eventually(() => outcomes.length > told);
    }
    await listening.stop(Date.now());

    expect(new Set(outcomes).size).toBe(1); // the same event, sequence included
    expect(await entriesOf(again.paymentId)).toHaveLength(2);
    await takeParked(PAYMENT_OUTCOMES.parking.queue); // users does not know this payment
    await takeParked(PAYMENT_OUTCOMES.parking.queue);
    await takeParked(PAYMENT_OUTCOMES.parking.queue);
  });

  it('a failed payment whose outcome arrives three times is credited back once', async () => {
    const userId = await createUser('20000.00');
    const { id } = await pay({ userId, amount: '15000.00' });
    await settled(userId);
    const { rows } = await checker.payments.query<{ event: CloudEvent<string, unknown> }>('select event from outbox where id = $1', [id]);

    for (const { event } of [...rows, ...rows])
      await system.broker.publish(EVENTS_EXCHANGE, event.type, toWireMessage(event), { mandatory: true });
    await eventually(async () => (await system.broker.countMessages(PAYMENT_OUTCOMES.queue)) === 0);

    expect((await userOf(userId)).balance.amount).toBe('20000.00');
  });

  it.each([
    ['another amount', { amountMinor: 200n }],
    ['another user', { userId: '2' }],
    ['another currency', { currency: 'USD' }],
    ['another description', { description: 'other' }],
    ['another time', { requestedAt: new Date(0) }],
  ])('a second request of the same id with %s is parked and not booked', async (_what, change) => {
    const first = request({ userId: 'stranger' });
    await send(toWireMessage(paymentRequested(first)));
    await takeParked(PAYMENT_OUTCOMES.parking.queue);

    await send(toWireMessage(paymentRequested({ ...first, ...change })));

    expect((await takeParked()).reason).toMatch(/^MESSAGE_CONTRADICTS: /);
    expect(await entriesOf(first.paymentId)).toHaveLength(2);
  });

  const valid = (): CloudEvent<string, Record<string, unknown>> => JSON.parse(JSON.stringify(paymentRequested(request())));
  const withData = (change: Record<string, unknown>): CloudEvent<string, unknown> => {
    const event = valid();
    return { ...event, data: { ...event.data, ...change } };
  };
  it.each<[string, RegExp, () => WireMessage]>([
    ['bytes that are not JSON', /^MESSAGE_MALFORMED/, () => ({ ...toWireMessage(valid()), body: Buffer.from([0xff, 0x00, 0x7b]) })],
    ['nothing at all', /^MESSAGE_MALFORMED/, () => ({ ...toWireMessage(valid()), body: Buffer.alloc(0) })],
    ['JSON that is no envelope', /^MESSAGE_MALFORMED/, () => ({ ...toWireMessage(valid()), body: Buffer.from('{"amount":"1.00"}') })],
    ['a type that nobody knows', /^MESSAGE_TYPE_UNKNOWN/, () => toWireMessage({ ...valid(), type: 'payment.dreamt.v1' })],
    ['a version from the future', /^MESSAGE_TYPE_UNKNOWN/, () => toWireMessage({ ...valid(), type: 'payment.requested.v2' })],
    ['a subject that is another payment', /^MESSAGE_MALFORMED/, () => toWireMessage({ ...valid(), subject: randomUUID() })],
    ['no data', /^MESSAGE_MALFORMED/, () => toWireMessage({ ...valid(), data: null })],
    ['an id that is no UUID', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ paymentId: 'seven' }))],
    ['an amount with an exponent', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ amount: '1e3' }))],
    ['an amount that is a number', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ amount: 1 }))],
    ['an amount of zero', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ amount: '0.00' }))],
    ['an amount below zero', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ amount: '-1.00' }))],
    ['more digits than the currency has', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ amount: '1.001' }))],
    ['a currency that does not exist', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ currency: 'ZZZ' }))],
    ['a time that is none', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ requestedAt: 'yesterday' }))],
    ['a user without an id', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ userId: '' }))],
    ['a character that PostgreSQL cannot keep', /^MESSAGE_MALFORMED/, () => toWireMessage(withData({ description: 'a\u0000b' }))],
  ])('a request with %s is parked with the reason, counted, and blocks nobody', async (_what, reason, make) => {
    const userId = await createUser('10.00');

    await send(make());
    await pay({ userId, amount: '1.00' });
    await settled(userId);

    const { processing } = await ask<{ processing: { deadLettered: number } }>(system.payments.url, '{ processing { deadLettered } }');
    expect(processing.deadLettered).toBe(1);
    expect((await takeParked()).reason).toMatch(reason);
  });

  it('a request from the future is processed like any other', async () => {
    const userId = await createUser('10.00');
    const { id } = await pay({ userId, amount: '1.00' });
    await settled(userId);
    const future = request({ userId: 'stranger', requestedAt: new Date('9999-12-31T23:59:59.999Z') });

    await send(toWireMessage(paymentRequested(future)));
    await takeParked(PAYMENT_OUTCOMES.parking.queue);

    expect(await paymentOf(future.paymentId)).toMatchObject({ status: 'PROCESSED', requestedAt: '9999-12-31T23:59:59.999Z' });
    expect(await paymentOf(id)).toMatchObject({ status: 'PROCESSED' });
  });

  describe('an outcome that cannot be', () => {
    const tell = (event: CloudEvent<string, unknown>): Promise<void> =>
      system.broker.publish(EVENTS_EXCHANGE, 'payment.processed.v1', toWireMessage(event), { mandatory: true });

    it('of a payment that was never accepted is parked and counted', async () => {
      await tell(paymentOutcome({ ...request(), processedAt: new Date(), failureReason: null }));

      const { processing } = await eventually(async () => {
        const state = await ask<{ processing: { deadLettered: number } }>(system.payments.url, '{ processing { deadLettered } }');
        return state.processing.deadLettered > 0 ? state : undefined;
      });

      expect(processing.deadLettered).toBe(1);
      expect((await takeParked(PAYMENT_OUTCOMES.parking.queue)).reason).toMatch(/^PAYMENT_UNKNOWN: /);
    });

    it.each([
      ['says that a processed payment failed', { failureReason: 'LIMIT_EXCEEDED' as const }],
      ['names another amount', { amountMinor: 200n }],
      ['names another user', { userId: '2' }],
      ['names another currency', { currency: 'USD' }],
    ])('since it %s is parked and moves no money', async (_what, change) => {
      const userId = await createUser('10.00');
      const { id, requestedAt } = await pay({ userId, amount: '1.00' });
      await settled(userId);

      await tell(
        paymentOutcome({
          paymentId: id,
          userId,
          amountMinor: 100n,
          currency: 'MXN',
          requestedAt: new Date(requestedAt),
          processedAt: new Date(),
          failureReason: null,
          ...change,
        }),
      );

      expect((await takeParked(PAYMENT_OUTCOMES.parking.queue)).reason).toMatch(/^MESSAGE_CONTRADICTS: /);
      expect((await userOf(userId)).balance.amount).toBe('9.00');
    });
  });

  it.each(['nonsense', '', '00000000-0000-0000-0000-000000000000', "1' or true", '1\u0000'])('payment %p is null', async (id) => {
    expect(await paymentOf(id)).toBeNull();
  });

  it('a payment is found whatever the case of its id', async () => {
    const userId = await createUser('10.00');
    const { id } = await pay({ userId, amount: '1.00' });
    await settled(userId);

    expect(await paymentOf(id.toUpperCase())).toMatchObject({ id });
  });

  it('money is conserved when 20 clients pay at once, some too much', async () => {
    const userId = await createUser('100000.00');

    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        post(system.users.url, PAY, { input: { userId, amount: index % 6 === 0 ? '10000.01' : '1.00' } }),
      ),
    );
    await settled(userId);

    const accepted = answers.filter((answer) => answer.data);
    const refused = answers.filter((answer) => !answer.data);
    expect(refused.every((answer) => answer.errors?.[0]?.extensions?.code === 'INSUFFICIENT_FUNDS')).toBe(true);
    expect((await userOf(userId)).balance.amount).toBe(`${100_000 - 50}.00`);
    expect(accepted.length).toBeGreaterThanOrEqual(59); // ten times 10,000.01 does not fit in 100,000.00
    const { rows } = await checker.users.query<{ id: string; userId: string; amount: string }>(
      'select id, user_id as "userId", amount_minor as amount from payment_requests',
    );
    const violations = await findViolations(checker, rows);
    expect(violations.filter((violation) => !violation.includes('was processed and never accepted'))).toEqual([]); // those were published by this test
  });
});
