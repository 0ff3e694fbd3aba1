import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Client } from 'graphql-ws';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentRequested } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket } from '../support/graphql-client.ts';
import { createTestDatabase, queryServer, type TestDatabase } from '../support/postgres.ts';
import { createSeededRandom } from '../../gateway/testing/seeded-random.ts';
import { AsyncStack, startPayments, type RunningSubgraph } from '../support/subgraph-services.ts';
import { publishUntilAccepted } from '../support/publish-until-accepted.ts';

const SUBSCRIPTION = `subscription ($userId: ID, $after: String) { paymentProcessed(userId: $userId, after: $after) {
  cursor occurredAt payment { id status user { id } amount { amount } processedAt }
} }`;
interface Event {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly payment: {
    readonly id: string;
    readonly status: string;
    readonly user: { readonly id: string };
    readonly amount: { readonly amount: string };
    readonly processedAt: string;
  };
}
interface Subscriber extends AsyncDisposable {
  readonly seen: Event[];
  readonly errors: unknown[];
  readonly closed: Promise<{ code: number }>;
}

/** Polls are an hour apart, so what arrives was woken, unless a test says otherwise. */
const WOKEN_ONLY = { PAYMENTS_EVENTS_POLL_MS: '60000' };

describe('paymentProcessed', () => {
  let stack: AsyncStack;
  let database: TestDatabase;
  let broker: MemoryBroker;
  let payments: RunningSubgraph;
  let sql: pg.Client;

  beforeEach(async () => {
    stack = new AsyncStack();
    database = stack.use(await createTestDatabase('payments'));
    broker = createMemoryBroker();
    payments = stack.use(await startPayments({ databaseUrl: database.url, broker, env: WOKEN_ONLY }));
    sql = new pg.Client(database.url);
    sql.on('error', () => undefined);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const process = async (count: number, userId = '1', amountMinor = 100n): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const paymentId of ids) {
      const message = toWireMessage(
        paymentRequested({ paymentId, userId, amountMinor, currency: 'MXN', description: null, requestedAt: new Date() }),
      );
      await publishUntilAccepted(broker, COMMANDS_EXCHANGE, 'payment.requested.v1', message, { mandatory: true });
    }
    return ids;
  };
  const positions = async (): Promise<string[]> =>
    (await sql.query<{ id: string }>('select id::text as id from outbox where position is not null order by position')).rows.map(
      (row) => row.id,
    );
  const processed = (count: number): Promise<unknown> => eventually(async () => (await positions()).length >= count);

  /** Resolves once the subscription stands: an event that was made for it, and is not counted, has arrived. */
  const subscribe = (variables: { userId?: string; after?: string } = {}, url = payments.url): Subscriber => {
    const client: Client = connectWebSocket(url);
    const seen: Event[] = [];
    const errors: unknown[] = [];
    const closed = new Promise<{ code: number }>((resolve) => client.on('closed', (event) => resolve(event as { code: number })));
    client.subscribe<{ paymentProcessed: Event }>(
      { query: SUBSCRIPTION, variables },
      {
        next: ({ data, errors: problems }) => {
          if (data?.paymentProcessed) seen.push(data.paymentProcessed);
          errors.push(...(problems ?? []));
        },
        error: (error) => void errors.push(error),
        complete: () => undefined,
      },
    );
    return { seen, errors, closed, [Symbol.asyncDispose]: async () => client.dispose() };
  };
  /** A subscriber from now on. What it saw while it was being waited for is left out. */
  const subscribeLive = async (variables: { userId?: string } = {}, url = payments.url): Promise<Subscriber> => {
    const subscriber = subscribe(variables, url);
    const made: string[] = [];
    await eventually(async () => {
      made.push(...(await process(1, variables.userId)));
      return eventually(() => subscriber.seen.length > 0, 200).catch(() => false);
    });
    await eventually(async () => {
      const visible = await positions();
      return made.every((id) => visible.includes(id)) && subscriber.seen.at(-1)?.payment.id === visible.at(-1);
    });
    subscriber.seen.length = 0;
    return subscriber;
  };
  const idsOf = ({ seen }: Subscriber): string[] => seen.map((event) => event.payment.id);
  const cursorBehind = async (count: number): Promise<string> => {
    // A cursor of this system, read as a client reads it.
    await using subscriber = subscribe({ after: encodeCursor(await systemId(), 0) });
    const event = await eventually(() => subscriber.seen[count - 1]);
    return event.cursor;
  };
  const newestCursor = async (): Promise<string> =>
    (await ask<{ paymentEventsCursor: string }>(payments.url, '{ paymentEventsCursor }')).paymentEventsCursor;
  const systemId = async (): Promise<string> =>
    (await sql.query<{ id: string }>('select id::text as id from system_identity')).rows[0]?.id ?? '';
  const encodeCursor = (system: string, position: number): string =>
    Buffer.from(JSON.stringify(['payment-events', system, String(position)])).toString('base64url');

  it('reports what was processed and what failed, each readable when it is reported', async () => {
    await using subscriber = await subscribeLive();

    const [first] = await process(1);
    await eventually(() => subscriber.seen.length === 1);
    const [second] = await process(1, '2', 1_000_001n);
    const events = await eventually(() => (subscriber.seen.length === 2 ? subscriber.seen : undefined));

    expect(events).toEqual([
      {
        cursor: expect.any(String),
        occurredAt: events[0]?.payment.processedAt,
        payment: { id: first, status: 'PROCESSED', user: { id: '1' }, amount: { amount: '1.00' }, processedAt: expect.any(String) },
      },
      {
        cursor: expect.any(String),
        occurredAt: events[1]?.payment.processedAt,
        payment: { id: second, status: 'FAILED', user: { id: '2' }, amount: { amount: '10000.01' }, processedAt: expect.any(String) },
      },
    ]);
  });

  it('replays everything since a cursor, then goes on live, while events keep arriving', async () => {
    await process(300);
    await processed(300);
    const after = await cursorBehind(40);

    const arriving = process(200);
    await using subscriber = subscribe({ after });
    await arriving;
    await processed(500);
    await process(5);
    await processed(505);

    await eventually(() => subscriber.seen.length >= 465);
    expect(idsOf(subscriber)).toEqual((await positions()).slice(40));
    expect(new Set(subscriber.seen.map((event) => event.cursor)).size).toBe(465);
  });

  it("reports one user's payments when asked for one user", async () => {
    const mine = await process(3, '7');
    await process(3, '8');
    await processed(6);

    await using subscriber = subscribe({ userId: '7', after: encodeCursor(await systemId(), 0) });
    await eventually(() => subscriber.seen.length === 3);
    mine.push(...(await process(1, '7')));
    await process(1, '8');
    mine.push(...(await process(1, '7')));
    await eventually(() => subscriber.seen.length === 5);

    expect([...idsOf(subscriber)].sort()).toEqual([...mine].sort());
  });

  it('on two replicas reports the same events in the same order, whichever processed them', async () => {
    await using other = await startPayments({ databaseUrl: database.url, broker, env: WOKEN_ONLY });
    await using first = await subscribeLive({}, payments.url);
    await using second = await subscribeLive({}, other.url);
    const known = (await positions()).length;
    await eventually(async () => first.seen.at(-1)?.payment.id === (await positions()).at(-1)); // what was made for the second may come to the first later
    first.seen.length = 0;

    await process(60);
    await processed(known + 60);
    await eventually(() => first.seen.length === 60 && second.seen.length === 60);

    expect(idsOf(first)).toEqual((await positions()).slice(known));
    expect(idsOf(second)).toEqual(idsOf(first));
  });

  it('comes through the poll when nothing wakes it', async () => {
    const connection = broker.connect();
    await using deaf = await startPayments({
      databaseUrl: database.url,
      broker,
      env: { PAYMENTS_EVENTS_POLL_MS: '50', PAYMENTS_RELAY_POLL_MS: '60000' },
      seams: { connectBroker: () => connection },
    });
    await using subscriber = await subscribeLive({}, deaf.url);
    connection.disconnect();

    const ids = await process(3);

    await eventually(() => subscriber.seen.length === 3);
    expect([...idsOf(subscriber)].sort()).toEqual([...ids].sort());
  });

  it('loses no event when transactions commit in another order than they began, with two relays at work', async () => {
    await using _other = await startPayments({ databaseUrl: database.url, broker, env: WOKEN_ONLY });
    await using subscriber = await subscribeLive();
    const known = (await positions()).length;
    const late = new pg.Client(database.url);
    await late.connect();

    await late.query('begin');
    const lateId = await insertProcessed(late);
    const [early] = await process(1);
    await eventually(() => subscriber.seen.length === 1);
    await late.query('commit');
    await late.end();
    await eventually(() => subscriber.seen.length === 2);

    expect(idsOf(subscriber)).toEqual([early, lateId]);
    expect((await positions()).slice(known)).toEqual([early, lateId]);
  });

  it('reports each event exactly once to a client that breaks off and resumes at random', async () => {
    const random = createSeededRandom(7);
    const paying = (async () => {
      for (let round = 0; round < 30; round += 1) await process(5);
    })();
    const seen: Event[] = [];
    let after = encodeCursor(await systemId(), 0);

    while (seen.length < 150) {
      await using subscriber = subscribe({ after });
      const patience = random.between(1, 12);
      await eventually(() => subscriber.seen.length >= Math.min(patience, 150 - seen.length));
      seen.push(...subscriber.seen);
      after = seen.at(-1)?.cursor ?? after;
    }
    await paying;

    expect(seen.map((event) => event.payment.id)).toEqual((await positions()).slice(0, seen.length));
    expect(seen.length).toBe(150);
  });

  it('goes on where it was after the database dropped every connection', async () => {
    await using subscriber = await subscribeLive();

    await queryServer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      database.url,
    );
    sql = new pg.Client(database.url);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
    const ids = await process(3);

    await eventually(() => subscriber.seen.length === 3);
    expect([...idsOf(subscriber)].sort()).toEqual([...ids].sort());
    expect(subscriber.errors).toEqual([]);
  });

  it.each([
    ['nonsense', () => 'nonsense', 'BAD_USER_INPUT'],
    ["another system's cursor", () => encodeCursor(randomUUID(), 1), 'BAD_USER_INPUT'],
    ['a cursor ahead of everything', async () => encodeCursor(await systemId(), 1_000), 'BAD_USER_INPUT'],
  ])('refuses %s with a code', async (_what, makeCursor, code) => {
    await process(2);
    await processed(2);

    await using subscriber = subscribe({ after: await makeCursor() });

    expect(await eventually(() => subscriber.errors[0])).toMatchObject({
      path: ['paymentProcessed'],
      extensions: { code, field: 'after' },
    });
    expect(subscriber.seen).toEqual([]);
  });

  it('refuses a cursor older than what is kept with CURSOR_EXPIRED', async () => {
    await process(10);
    await processed(10);
    await sql.query('delete from outbox where position <= 5');

    await using expired = subscribe({ after: encodeCursor(await systemId(), 3) });
    await using oldest = subscribe({ after: encodeCursor(await systemId(), 5) });

    expect(await eventually(() => expired.errors[0])).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
    await eventually(() => oldest.seen.length === 5);
  });

  it('gives a cursor before the first event: whoever subscribes behind it hears the first', async () => {
    const after = await newestCursor();

    const [first] = await process(1);
    await processed(1);
    await using subscriber = subscribe({ after });

    await eventually(() => subscriber.seen.length === 1);
    expect(idsOf(subscriber)).toEqual([first]);
  });

  it('gives the cursor of the newest event: neither what came before it nor less than what comes after', async () => {
    await process(5);
    await processed(5);
    const after = await newestCursor();
    await process(3);
    await processed(8);

    await using subscriber = subscribe({ after });

    await eventually(() => subscriber.seen.length >= 3);
    expect(idsOf(subscriber)).toEqual((await positions()).slice(5));
    expect(await newestCursor()).toBe(subscriber.seen.at(-1)?.cursor);
  });

  it('gives a cursor that is behind what was committed and has no position yet', async () => {
    const late = new pg.Client(database.url);
    await late.connect();
    await late.query('begin');
    const lateId = await insertProcessed(late);
    const [early] = await process(1);
    await processed(1);
    await late.query('select pg_advisory_lock(7368563)'); // no relay gives a position meanwhile
    await late.query('commit');

    const after = await newestCursor();
    await late.query('select pg_advisory_unlock(7368563)');
    await late.end();
    await using subscriber = subscribe({ after });
    await processed(2);

    await eventually(() => subscriber.seen.length === 1);
    expect(await positions()).toEqual([early, lateId]);
    expect(idsOf(subscriber)).toEqual([lateId]);
  });

  it('keeps cursors good across a restart', async () => {
    await process(3);
    await processed(3);
    const after = await cursorBehind(2);
    await payments.service.stop();

    await using restarted = await startPayments({ databaseUrl: database.url, broker });
    await using subscriber = subscribe({ after }, restarted.url);

    await eventually(() => subscriber.seen.length === 1);
    expect(idsOf(subscriber)).toEqual((await positions()).slice(2));
  });

  it('tells its clients to go elsewhere when the service stops', async () => {
    const subscriber = await subscribeLive();

    await payments.service.stop();

    expect((await subscriber.closed).code).toBe(1001);
  });

  it('loads what hangs on an event anew for each event', async () => {
    const client = connectWebSocket(payments.url);
    const counts: number[] = [];
    const query = `subscription { paymentProcessed { payment { user { payments { nodes { id } } } } } }`;
    client.subscribe<{ paymentProcessed: { payment: { user: { payments: { nodes: unknown[] } } } } }>(
      { query },
      {
        next: ({ data }) => void counts.push(data?.paymentProcessed.payment.user.payments.nodes.length ?? 0),
        error: () => undefined,
        complete: () => undefined,
      },
    );
    await eventually(async () => {
      await process(1);
      return eventually(() => counts.length > 0, 200).catch(() => false);
    });
    await process(1);
    const count = async (): Promise<number> =>
      (await ask<{ payments: { nodes: unknown[] } }>(payments.url, '{ payments { nodes { id } } }')).payments.nodes.length;

    await eventually(async () => new Set(counts).size > 1 && counts.at(-1) === (await count())); // the last one may not have been processed yet
    await client.dispose();
  });

  async function insertProcessed(client: pg.Client): Promise<string> {
    const id = randomUUID();
    await client.query(
      `with paid as (insert into payments (id, user_id, amount_minor, currency, status, requested_at, processed_at) values ($1, '1', 100, 'MXN', 'PROCESSED', now(), now()) returning id),
        booked as (insert into ledger_entries (payment_id, account, amount_minor, currency) select id, account, amount, 'MXN' from paid, (values ('user:1', -100), ('clearing', 100)) as entry (account, amount))
       insert into outbox (id, type, exchange, routing_key, mandatory, event) select id, 'payment.processed.v1', 'payments.events', 'payment.processed.v1', false, $2 from paid`,
      [
        id,
        JSON.stringify({
          specversion: '1.0',
          id,
          source: '/paygraph/payments',
          type: 'payment.processed.v1',
          subject: id,
          time: new Date().toISOString(),
          datacontenttype: 'application/json',
          data: { userId: '1' },
        }),
      ],
    );
    return id;
  }
});
