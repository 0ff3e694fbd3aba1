import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../platform/foundation/metrics.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { brokerUnavailable } from '../../platform/messaging/broker-errors.ts';
import type { Broker, ReceivedMessage } from '../../platform/messaging/broker.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { parseCloudEvent, type CloudEvent } from '../../platform/messaging/messages.ts';
import { assignPositions } from '../../platform/messaging/outbox-positions.ts';
import { insertIntoOutbox, type OutboxMessage, type OutboxSchema } from '../../platform/messaging/outbox.ts';
import { startRelay, type Relay, type RelayOptions } from '../../platform/messaging/relay.ts';
import type { Topology } from '../../platform/messaging/topology.ts';
import { inTransaction, openDatabase, sql, type OpenDatabase } from '../../platform/storage/database.ts';
import { migrate } from '../../platform/storage/migrate.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const topology: Topology = {
  exchanges: [{ name: 'events', type: 'topic' }],
  queues: [{ name: 'inbox', bindings: [{ exchange: 'events', routingKey: 'done.*' }] }],
};

describe('the outbox', () => {
  let database: TestDatabase;
  let opened: OpenDatabase<OutboxSchema>;
  let db: OpenDatabase<OutboxSchema>['db'];
  let log: ReturnType<typeof createRecordingLogger>;
  let relays: Relay[];
  let brokers: Broker[];

  beforeEach(async () => {
    database = await createTestDatabase();
    log = createRecordingLogger();
    opened = await openDatabase<OutboxSchema>({ name: 'test database', url: database.url, logger: log.logger });
    db = opened.db;
    await migrate(db, new URL('../../platform/messaging/migrations/', import.meta.url));
    relays = [];
    brokers = [];
  });
  afterEach(async () => {
    for (const relay of relays) await relay.stop(Date.now() + 5_000);
    for (const broker of brokers) await broker.stop(Date.now() + 1_000);
    await opened.stop(Date.now() + 1_000);
    await database[Symbol.asyncDispose]();
  });

  function useBroker<B extends Broker>(broker: B): B {
    brokers.push(broker);
    return broker;
  }

  async function createMemory() {
    const broker = useBroker(createMemoryBroker());
    await broker.declare(topology);
    return broker;
  }

  /** Polls so seldom that only a wake explains what happens. */
  function relay(broker: Broker, options: Partial<RelayOptions<OutboxSchema>> = {}): Relay {
    const started = startRelay({ db, broker, logger: log.logger, pollMs: 60_000, ...options });
    relays.push(started);
    return started;
  }

  async function record(...messages: OutboxMessage[]): Promise<void> {
    await inTransaction(db, (trx) => insertIntoOutbox(trx, messages));
  }

  async function readRows() {
    return db.selectFrom('outbox').selectAll().orderBy('position').execute();
  }

  async function takeAll(broker: Broker): Promise<ReceivedMessage[]> {
    const messages: ReceivedMessage[] = [];
    for (let delivery = await broker.take('inbox'); delivery; delivery = await broker.take('inbox')) {
      messages.push(delivery.message);
      delivery.ack();
    }
    return messages;
  }

  it('is published after the commit when the relay is woken, with its position as the sequence, and its rows stay', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker);
    const message = toMessage('a', { headers: { traceparent: '00-1-2-01' } });

    await record(message);
    wake();

    await eventually(async () => (await broker.countMessages('inbox')) === 1);
    const [received] = await takeAll(broker);
    expect(received && parseCloudEvent(received)).toEqual({ ...message.event, sequence: '1' });
    expect(received).toMatchObject({
      messageId: message.event.id,
      correlationId: 'payment-1',
      type: 'done.v1',
      appId: 'test',
      headers: { traceparent: '00-1-2-01', 'x-attempt': 1 },
    });
    await eventually(async () => (await readRows())[0]?.published_at);
    expect(await readRows()).toMatchObject([{ id: message.event.id, position: 1n, attempts: 0, last_error: null }]);
  });

  it('is published within milliseconds of the wake', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker);
    const heard: Record<string, number> = {};
    await broker.consumeBroadcast('events', ['#'], (message) => (heard[message.messageId ?? ''] = performance.now()));
    const waits: number[] = [];

    for (let count = 0; count < 20; count += 1) {
      const message = toMessage('a');
      await record(message);
      const wokenAt = performance.now();
      wake();
      await eventually(() => heard[message.event.id], 5_000, 1);
      waits.push((heard[message.event.id] ?? 0) - wokenAt);
    }

    expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(100); // about 5 ms on an idle machine
  });

  it('is written in one statement with the defaults of the table, and found by polling when nobody wakes the relay', async () => {
    const broker = await createMemory();
    relay(broker, { pollMs: 50 });
    const { event } = toMessage('a');

    await sql`insert into outbox (id, type, exchange, routing_key, mandatory, event, headers)
      select ${event.id}::uuid, ${event.type}, 'events', 'done.a', true, ${JSON.stringify(event)}::jsonb, '{}'::jsonb`.execute(db);

    await eventually(async () => (await broker.countMessages('inbox')) === 1);
  });

  it('is not published when its transaction is rolled back', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker);

    await expect(
      inTransaction(db, async (trx) => {
        await insertIntoOutbox(trx, [toMessage('never')]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await record(toMessage('a'));
    wake();

    await eventually(async () => (await broker.countMessages('inbox')) === 1);
    expect((await takeAll(broker)).map(toNote)).toEqual(['a']);
  });

  it('gets positions in the order of the commits, also when transactions that began first commit last', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker);
    const first = await holdTransaction(toMessage('began first'));

    await record(toMessage('committed first'));
    wake();
    await eventually(async () => (await broker.countMessages('inbox')) === 1);
    await first.commit();
    wake();
    await eventually(async () => (await broker.countMessages('inbox')) === 2);

    const rows = await readRows();
    expect(rows.map(({ event, position }) => [noteOf(event), position])).toEqual([
      ['committed first', 1n],
      ['began first', 2n],
    ]);
  });

  it('never shows a reader by position a hole that is filled later, with many writers and two relays', async () => {
    const broker = await createMemory();
    const wakes = [relay(broker), relay(broker)].map(({ wake }) => wake);
    let writing = true;
    const seen: bigint[] = [];
    const reading = (async () => {
      while (writing || seen.length < 200) {
        const after = seen.at(-1) ?? 0n;
        const { rows } = await sql<{ position: bigint }>`select position from outbox where position > ${after} order by position`.execute(
          db,
        );
        seen.push(...rows.map(({ position }) => position));
      }
    })();

    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let count = 0; count < 25; count += 1) {
          const slow = (writer + count) % 3 === 0;
          await inTransaction(db, async (trx) => {
            await insertIntoOutbox(trx, [toMessage(`${writer}.${count}`)]);
            if (slow) await sql`select pg_sleep(0.01)`.execute(trx);
          });
          wakes[count % 2]?.();
        }
      }),
    );
    wakes[0]?.();
    writing = false;
    await reading;

    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => BigInt(index + 1)));
    await eventually(
      async () => (await takeAll(broker)).length === 0 && (await readRows()).every(({ published_at }) => published_at !== null),
    );
  });

  it('gets positions and tells of them while the broker is away, and is published when it is back', async () => {
    const broker = await createMemory();
    broker.disconnect();
    let positioned = 0;
    const { wake } = relay(broker, { onPositioned: () => (positioned += 1) });

    await record(toMessage('a'));
    await record(toMessage('b'));
    wake();
    await eventually(async () => (await readRows())[1]?.position);
    await eventually(() => positioned > 0); // told after the commit, which others may see before
    expect(await readRows()).toMatchObject([
      { position: 1n, published_at: null },
      { position: 2n, published_at: null },
    ]);
    expect(log.lines).toEqual([]); // the broker says it, the relay need not

    broker.reconnect();
    await eventually(async () => (await broker.countMessages('inbox')) === 2);
    expect((await takeAll(broker)).map(toNote)).toEqual(['a', 'b']);
  });

  it('a message without a way does not hold up the others, says why, and goes out when there is a way', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker, { batchSize: 3, pollMs: 200 });
    const lost = Array.from({ length: 5 }, (_, index) => toMessage(`lost ${index}`, { routingKey: 'nobody.listens' }));

    await record(...lost, toMessage('a'), toMessage('b'));
    wake();

    await eventually(async () => (await broker.countMessages('inbox')) === 2);
    const readStuck = async () => (await readRows()).filter(({ published_at }) => published_at === null);
    await eventually(async () => (await readStuck()).length === 5); // a message arrives a moment before its row is marked
    expect((await readStuck())[0]).toMatchObject({
      attempts: expect.any(Number),
      last_error: expect.stringContaining('no queue takes it'),
    });
    await eventually(() => log.lines.filter((line) => line.includes('was not taken')).length >= 5);
    await broker.declare({ exchanges: [], queues: [{ name: 'late', bindings: [{ exchange: 'events', routingKey: 'nobody.#' }] }] });
    await eventually(async () => (await broker.countMessages('late')) === 5);
  });

  it('a message that need not arrive is done when nobody listens', async () => {
    const broker = await createMemory();
    const { wake } = relay(broker);

    await record(toMessage('a', { routingKey: 'nobody.listens', mandatory: false }));
    wake();

    await eventually(async () => (await readRows())[0]?.published_at);
  });

  it('a broker that fails is tried again, less and less often, with one line in the log', async () => {
    const memory = await createMemory();
    let tries = 0;
    let failing = true;
    const broker: Broker = Object.create(memory, {
      publish: {
        async value(...args: Parameters<Broker['publish']>) {
          tries += 1;
          if (failing) throw brokerUnavailable('test broker', 'no confirm');
          await memory.publish(...args);
        },
      },
    });
    const { wake } = relay(broker);
    await record(toMessage('a'));
    const startedAt = Date.now();
    wake();

    await eventually(() => {
      wake(); // a busy service wakes all the time
      return tries === 4;
    });
    expect(Date.now() - startedAt).toBeGreaterThan(300);
    failing = false;

    await eventually(async () => (await memory.countMessages('inbox')) === 1);
    await eventually(() => log.lines.length === 2);
    expect(log.lines).toEqual([expect.stringMatching(/^warn: the outbox cannot go on publishing/), 'info: the outbox is publishing again']);
    expect(await readRows()).toMatchObject([{ attempts: 0, last_error: null }]);
  });

  it('positions do not wait for a publish that takes its time', async () => {
    const memory = await createMemory();
    let finish: () => void = () => undefined;
    let begun = 0;
    const broker: Broker = Object.create(memory, {
      publish: {
        async value() {
          begun += 1;
          await new Promise<void>((resolve) => (finish = resolve));
        },
      },
    });
    let positioned = 0;
    const { wake } = relay(broker, { onPositioned: () => (positioned += 1) });

    await record(toMessage('a'));
    wake();
    await eventually(() => begun === 1);
    await record(toMessage('b'));
    wake();

    await eventually(() => positioned === 2);
    expect((await readRows()).map(({ position }) => position)).toEqual([1n, 2n]);
    finish();
    await eventually(() => begun === 2);
    finish();
  });

  it('two relays side by side share the work instead of doing it twice', async () => {
    const memory = await createMemory();
    const published: string[] = [];
    const toSlow = (): Broker =>
      Object.create(memory, {
        publish: {
          async value(...[, , message]: Parameters<Broker['publish']>) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            published.push(message.messageId);
          },
        },
      });
    const wakes = [relay(toSlow(), { batchSize: 10 }), relay(toSlow(), { batchSize: 10 })].map(({ wake }) => wake);
    await record(...Array.from({ length: 100 }, (_, index) => toMessage(`m${index}`)));

    wakes.forEach((wake) => wake());

    await eventually(async () => (await readRows()).every(({ published_at }) => published_at !== null));
    expect(published).toHaveLength(100);
    expect(new Set(published).size).toBe(100);
  });

  it('a relay that freezes while it publishes holds its rows no longer than the database lets it', async () => {
    const memory = await createMemory();
    let thaw: () => void = () => undefined;
    let begun = 0;
    const frozen: Broker = Object.create(memory, {
      publish: {
        async value() {
          begun += 1;
          await new Promise<void>((resolve) => (thaw = resolve));
        },
      },
    });
    const url = new URL(database.url);
    url.searchParams.set('idle_in_transaction_session_timeout', '300');
    const impatient = await openDatabase<OutboxSchema>({ name: 'impatient database', url: url.href, logger: log.logger });
    const freezing = startRelay({ db: impatient.db, broker: frozen, logger: log.logger, pollMs: 60_000 });
    await record(toMessage('a'));
    freezing.wake();
    await eventually(() => begun === 1);

    relay(memory, { pollMs: 100 });

    await eventually(async () => (await memory.countMessages('inbox')) === 1);
    const stopped = freezing.stop(Date.now() + 5_000);
    thaw();
    await stopped;
    await impatient.stop(Date.now() + 1_000);
  });

  it('tells its length and its age in the metrics', async () => {
    const broker = await createMemory();
    broker.disconnect();
    const metrics = createMetrics('test');
    const { wake } = relay(broker, { metrics });
    await record(toMessage('a'), toMessage('b'));
    await sql`update outbox set created_at = now() - interval '5 seconds'`.execute(db);
    wake();

    expect(await metrics.metrics()).toContain('paygraph_outbox_pending{service="test"} 2');
    expect(Number(/paygraph_outbox_lag_seconds\{service="test"\} (.*)/.exec(await metrics.metrics())?.[1])).toBeGreaterThan(4);
    broker.reconnect();

    await eventually(async () => (await metrics.metrics()).includes('paygraph_outbox_published_total{service="test"} 2'));
    expect(await metrics.metrics()).toContain('paygraph_outbox_pending{service="test"} 0');
  });

  it('gets its positions one relay after the other: the next waits until those of the first are committed', async () => {
    await record(toMessage('a'), toMessage('b'));
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    const first = inTransaction(db, async (trx) => {
      await sql`select pg_advisory_xact_lock(7368563)`.execute(trx);
      await sql`update outbox set position = 1 where event -> 'data' ->> 'note' = 'b'`.execute(trx);
      await mayCommit;
    });
    const isWaiting = async (): Promise<boolean> =>
      (
        await sql`select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`.execute(
          db,
        )
      ).rows.length > 0;

    const second = assignPositions(db, 10);
    await eventually(isWaiting);
    commit();
    await first;

    expect(await second).toBe(1);
    expect((await readRows()).map(({ event, position }) => [noteOf(event), position])).toEqual([
      ['b', 1n],
      ['a', 2n],
    ]);
  });

  it('positions go on after the newest row that is kept', async () => {
    await record(toMessage('a'), toMessage('b'), toMessage('c'));
    expect(await assignPositions(db, 10)).toBe(3);
    await sql`delete from outbox where position < 3`.execute(db);

    await record(toMessage('d'));
    await assignPositions(db, 10);

    expect((await readRows()).map(({ position }) => position)).toEqual([3n, 4n]);
  });

  describe('over RabbitMQ', () => {
    let vhost: Awaited<ReturnType<typeof createTestVhost>>;
    let proxy: TcpProxy;
    let url: string;

    beforeAll(async () => {
      vhost = await createTestVhost();
    });
    afterAll(async () => {
      await vhost[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      const { hostname, port } = new URL(vhost.url);
      proxy = await startTcpProxy({ host: hostname, port: Number(port || 5672) });
      const changed = new URL(vhost.url);
      changed.host = `${proxy.host}:${proxy.port}`;
      url = changed.href;
    });
    afterEach(async () => {
      for (const broker of brokers) await broker.stop(Date.now() + 1_000);
      await proxy.stop();
    });

    it('loses nothing when connections break in the middle, with two relays on one database', async () => {
      const [one, two] = await Promise.all([connect(), connect()]);
      const wakes = [relay(one, { pollMs: 200, batchSize: 20 }), relay(two, { pollMs: 200, batchSize: 20 })].map(({ wake }) => wake);
      const received = new Set<string>();
      let deliveries = 0;
      await one.consume('inbox', {
        prefetch: 50,
        onDelivery(delivery) {
          deliveries += 1;
          received.add(delivery.message.messageId ?? '');
          delivery.ack();
        },
      });

      const sent: string[] = [];
      for (let count = 0; count < 300; count += 1) {
        const message = toMessage(`m${count}`);
        await record(message);
        sent.push(message.event.id);
        wakes[count % 2]?.();
        if (count % 100 === 50) proxy.reset();
      }

      await eventually(() => received.size === 300, 20_000);
      expect([...received].sort()).toEqual([...sent].sort());
      await eventually(async () => (await readRows()).every(({ published_at }) => published_at !== null));
      expect(deliveries).toBeLessThan(600);
    });

    it('waits while RabbitMQ is away, and goes on when it is back', async () => {
      proxy.refuse(true);
      const broker = useBroker(connectAmqpBroker({ urls: [url], name: 'relay', logger: log.logger }));
      await broker.declare(topology);
      const { wake } = relay(broker);

      for (const message of [toMessage('a'), toMessage('lost', { routingKey: 'nobody.listens' }), toMessage('b')]) await record(message);
      wake();
      await eventually(async () => (await readRows()).every(({ position }) => position !== null));
      proxy.refuse(false);

      await eventually(async () => (await broker.countMessages('inbox')) === 2);
      expect((await takeAll(broker)).map(toNote)).toEqual(['a', 'b']);
      await eventually(async () => (await readRows())[1]?.last_error?.includes('no queue takes it'));
    });

    async function connect(): Promise<Broker> {
      const broker = useBroker(connectAmqpBroker({ urls: [url], name: 'relay', logger: log.logger }));
      await eventually(() => broker.connected);
      await broker.declare(topology);
      return broker;
    }
  });

  /** A transaction that has written and not committed. */
  async function holdTransaction(message: OutboxMessage): Promise<{ commit(): Promise<void> }> {
    let commit: () => void = () => undefined;
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    const done = inTransaction(db, async (trx) => {
      await insertIntoOutbox(trx, [message]);
      written();
      await mayCommit;
    });
    await isWritten;
    return {
      async commit() {
        commit();
        await done;
      },
    };
  }
});

function toMessage(note: string, options: Partial<OutboxMessage> = {}): OutboxMessage {
  const event: CloudEvent<string, unknown> = {
    specversion: '1.0',
    id: randomUUID(),
    source: '/paygraph/test',
    type: 'done.v1',
    subject: 'payment-1',
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
    data: { note },
  };
  return { event, exchange: 'events', routingKey: 'done.a', mandatory: true, ...options };
}

function toNote(message: ReceivedMessage): string {
  return noteOf(parseCloudEvent(message));
}

function noteOf(event: unknown): string {
  return (event as { data: { note: string } }).data.note;
}
