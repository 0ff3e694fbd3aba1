import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyError, DomainError, ProtocolError } from '../../platform/foundation/errors.ts';
import { createMetrics } from '../../platform/foundation/metrics.ts';
import type { Broker, Delivery } from '../../platform/messaging/broker.ts';
import { startConsumer, type ConsumedMessage, type Consumer, type ConsumerOptions } from '../../platform/messaging/consumer.ts';
import { redriveDeadLetters } from '../../platform/messaging/dead-letters.ts';
import { toWireMessage, type CloudEvent } from '../../platform/messaging/messages.ts';
import type { Topology } from '../../platform/messaging/topology.ts';
import { eventually } from './eventually.ts';
import { createRecordingLogger } from './recording-logger.ts';

const DATABASE_AWAY = new DependencyError('DATABASE_UNAVAILABLE', 'test database', 'the test database did not answer');

/** What a consumer does with its messages; the same over RabbitMQ and over the memory broker. */
export function describeConsumer(name: string, open: () => Promise<{ connect(): Broker } & AsyncDisposable>): void {
  describe(`a consumer over ${name}`, () => {
    let server: Awaited<ReturnType<typeof open>>;
    let names: ReturnType<typeof createTopology>;
    let broker: Broker;
    let clients: Broker[];
    let consumers: Consumer[];
    let log: ReturnType<typeof createRecordingLogger>;

    beforeAll(async () => {
      server = await open();
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      names = createTopology();
      clients = [];
      consumers = [];
      log = createRecordingLogger();
      broker = await connect();
    });
    afterEach(async () => {
      for (const consumer of consumers) await consumer.stop(Date.now() + 500);
      for (const client of clients) await client.stop(Date.now() + 500);
    });

    async function connect(topology: Topology = names.topology): Promise<Broker> {
      const client = server.connect();
      clients.push(client);
      await eventually(() => client.connected);
      await client.declare(topology);
      return client;
    }

    async function start(handle: ConsumerOptions['handle'], options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
      const { work, retryQueues, parking } = names;
      const consumer = await startConsumer({
        broker,
        queue: work,
        retryQueues,
        parking: { exchange: parking.exchange, routingKey: 'dead' },
        prefetch: 5,
        logger: log.logger,
        handle,
        ...options,
      });
      consumers.push(consumer);
      return consumer;
    }

    async function send(note: string, headers: Record<string, unknown> = {}): Promise<void> {
      await broker.publish(names.exchange, 'task.new', toWireMessage(createEvent(note), headers), { mandatory: true });
    }

    async function takeParked(): Promise<Delivery> {
      const delivery = await eventually(() => broker.take(names.parking.queue));
      delivery.ack();
      return delivery;
    }

    /** Nothing waits and nothing is in hand. */
    async function expectEmpty(): Promise<void> {
      for (const consumer of consumers) await consumer.stop(Date.now() + 1_000);
      for (const queue of [names.work, names.parking.queue, ...names.retryQueues])
        expect([queue, await broker.countMessages(queue)]).toEqual([queue, 0]);
    }

    it('hands over each event with its attempt and its trace, and acknowledges it when it was handled', async () => {
      const handled: ConsumedMessage[] = [];
      await start(async (message) => void handled.push(message));

      await send('a', { traceparent: '00-1-2-01', 'x-attempt': 1 });
      await send('b');

      await eventually(() => handled.length === 2);
      expect(handled[0]).toEqual({
        event: expect.objectContaining({ data: { note: 'a' } }),
        attempt: 1,
        redelivered: false,
        traceparent: '00-1-2-01',
      });
      expect(handled[1]).toMatchObject({ traceparent: undefined });
      await expectEmpty();
    });

    it('acknowledges nothing before it was handled: what a consumer dies on is handed to the next, marked as redelivered', async () => {
      const dying = await connect();
      let begun = 0;
      await start(
        () => {
          begun += 1;
          return new Promise(() => undefined);
        },
        { broker: dying },
      );
      await send('a');
      await eventually(() => begun === 1);

      await dying.stop(Date.now());
      const handled: ConsumedMessage[] = [];
      await start(async (message) => void handled.push(message));

      await eventually(() => handled.length === 1);
      expect(handled[0]).toMatchObject({ redelivered: true, attempt: 1 });
    });

    it('hands over a message twice that was sent twice', async () => {
      const ids: string[] = [];
      await start(async ({ event }) => void ids.push(event.id));
      const message = toWireMessage(createEvent('twice'));

      await broker.publish(names.exchange, 'task.new', message, { mandatory: true });
      await broker.publish(names.exchange, 'task.new', message, { mandatory: true });

      await eventually(() => ids.length === 2);
      expect(ids).toEqual([message.messageId, message.messageId]);
    });

    it('handles as many messages at once as its prefetch, and no more', async () => {
      let running = 0;
      let most = 0;
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      let handled = 0;
      await start(
        async () => {
          running += 1;
          most = Math.max(most, running);
          await finished;
          running -= 1;
          handled += 1;
        },
        { prefetch: 3 },
      );

      for (const note of ['a', 'b', 'c', 'd', 'e', 'f']) await send(note);
      await eventually(() => running === 3);
      await eventually(async () => (await broker.countMessages(names.work)) === 3);
      finish();

      await eventually(() => handled === 6);
      expect(most).toBe(3);
    });

    it('tries again after a bug, later and later, and parks the message after the last attempt with all that a person wants to know', async () => {
      const attempts: { attempt: number; at: number }[] = [];
      await start(async ({ attempt }) => {
        attempts.push({ attempt, at: Date.now() });
        throw new TypeError('boom');
      });

      await send('bug', { traceparent: '00-1-2-01' });
      const parked = await takeParked();

      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      names.delaysMs.forEach((delayMs, index) => {
        expect((attempts[index + 1]?.at ?? 0) - (attempts[index]?.at ?? 0)).toBeGreaterThanOrEqual(delayMs - 5);
      });
      expect(parked.message.headers).toMatchObject({
        'x-reason': 'INTERNAL_SERVER_ERROR: boom',
        'x-attempt': 4,
        'x-original-exchange': names.exchange,
        'x-original-routing-key': 'task.new',
        'x-first-failed-at': expect.stringMatching(/^\d{4}-/),
        'x-parked-at': expect.stringMatching(/^\d{4}-/),
        traceparent: '00-1-2-01',
      });
      expect(parked.message.correlationId).toBe('payment-1');
      expect(log.lines.filter((line) => line.startsWith('error:'))).toEqual([`error: a message of ${names.work} is parked: boom`]);
      await expectEmpty();
    });

    it('a message that succeeds at its second attempt is done', async () => {
      const attempts: number[] = [];
      await start(async ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new DependencyError('SUBGRAPH_TIMEOUT', 'something', 'later');
      });

      await send('a');

      await eventually(() => attempts.length === 2);
      await expectEmpty();
    });

    it.each([
      ['bytes that are no JSON', Buffer.from('{oops'), /^MESSAGE_MALFORMED: the message is not JSON/],
      [
        'JSON that is no envelope',
        Buffer.from('{"hello":"world"}'),
        /^MESSAGE_MALFORMED: the message is not a CloudEvents 1\.0 envelope: specversion/,
      ],
      ['no bytes at all', Buffer.alloc(0), /^MESSAGE_MALFORMED/],
      [
        'an event that the handler does not know',
        Buffer.from(JSON.stringify(createEvent('unknown'))),
        /^MESSAGE_TYPE_UNKNOWN: no such type/,
      ],
      ['an event that refers to nonsense', Buffer.from(JSON.stringify(createEvent('nonsense'))), /^USER_NOT_FOUND: no such user/],
    ])('parks at once, and goes on with the others: %s', async (_what, body, reason) => {
      const handled: unknown[] = [];
      await start(
        async ({ event }) => {
          const { note } = event.data as { note: string };
          if (note === 'unknown') throw new ProtocolError('MESSAGE_TYPE_UNKNOWN', 'no such type');
          if (note === 'nonsense') throw new DomainError('USER_NOT_FOUND', 'no such user');
          handled.push(note);
        },
        { prefetch: 1 },
      );
      const poison = {
        body,
        contentType: '',
        messageId: '',
        correlationId: '',
        type: '',
        timestamp: 0,
        appId: '',
        headers: { custom: 'kept' },
      };

      await broker.publish(names.exchange, 'task.new', poison, { mandatory: true });
      await send('good');

      await eventually(() => handled.includes('good'));
      const parked = await takeParked();
      expect(parked.message.body).toEqual(body);
      expect(parked.message.headers).toMatchObject({ 'x-reason': expect.stringMatching(reason), 'x-attempt': 1, custom: 'kept' });
      await expectEmpty();
    });

    it('holds a message while the database is away, without spending deliveries or attempts, and handles it when it is back', async () => {
      let away = true;
      const tries: ConsumedMessage[] = [];
      await start(async (message) => {
        tries.push(message);
        if (away) throw DATABASE_AWAY;
      });

      await send('a');
      await eventually(() => tries.length === 3);
      away = false;

      await eventually(() => log.lines.some((line) => line.endsWith('go on')));
      expect(new Set(tries.map(({ attempt, redelivered }) => `${attempt} ${redelivered}`))).toEqual(new Set(['1 false']));
      expect(log.lines.filter((line) => line.startsWith('warn:'))).toHaveLength(1);
      await expectEmpty();
    });

    it('sends a message round as a fresh copy before it was held too long, so that an outage of any length spends no delivery', async () => {
      let away = true;
      const tries: ConsumedMessage[] = [];
      const metrics = createMetrics('test');
      await start(
        async (message) => {
          tries.push(message);
          if (away) throw DATABASE_AWAY;
        },
        { maxHoldMs: 100, metrics },
      );

      await send('a');
      await eventually(async () => (await metrics.metrics()).includes('outcome="held",service="test"} 5'), 15_000);
      away = false;

      await eventually(async () => (await metrics.metrics()).includes('outcome="handled"'));
      expect(new Set(tries.map(({ attempt, redelivered }) => `${attempt} ${redelivered}`))).toEqual(new Set(['1 false']));
      await expectEmpty();
    });

    it('gives held messages back when it stops', async () => {
      let tries = 0;
      const consumer = await start(async () => {
        tries += 1;
        throw DATABASE_AWAY;
      });
      await send('a');
      await eventually(() => tries > 0);

      await consumer.stop(Date.now() + 5_000);

      const back = await eventually(() => broker.take(names.work));
      expect(back.redelivered).toBe(true);
      back.ack();
    });

    it('holds a message that it can neither retry nor park, calmly, and moves it when it can', async () => {
      const { parkingTopology, workTopology } = names;
      broker = await connect(workTopology);
      let tries = 0;
      const counting: Broker = Object.create(broker, {
        publish: { value: (...args: Parameters<Broker['publish']>) => ((tries += 1), broker.publish(...args)) },
      });
      await start(
        async () => {
          throw new ProtocolError('MESSAGE_MALFORMED', 'poison');
        },
        { broker: counting, parking: { exchange: `${names.parking.exchange}.later`, routingKey: 'dead' } },
      );
      const startedAt = Date.now();
      await send('poison');
      await eventually(() => tries >= 4);
      expect(Date.now() - startedAt).toBeGreaterThan(300);

      await broker.declare(parkingTopology);

      expect((await takeParked()).message.headers['x-reason']).toBe('MESSAGE_MALFORMED: poison');
    });

    it('paused, it finishes what it began, takes nothing more, and goes on when it is resumed', async () => {
      const handled: string[] = [];
      let finish: () => void = () => undefined;
      let begun = 0;
      const consumer = await start(
        async ({ event }) => {
          begun += 1;
          if (begun === 1) await new Promise<void>((resolve) => (finish = resolve));
          handled.push((event.data as { note: string }).note);
        },
        { prefetch: 1 },
      );
      await send('a');
      await eventually(() => begun === 1);

      const pausing = consumer.pause();
      await send('b');
      expect(consumer.paused).toBe(false);
      finish();
      await pausing;

      expect(consumer.paused).toBe(true);
      expect(handled).toEqual(['a']);
      await eventually(async () => (await broker.countMessages(names.work)) === 1);
      await consumer.resume();
      await eventually(() => handled.length === 2);
      expect(consumer.paused).toBe(false);
    });

    it('parks no innocent message however often it is paused and resumed', async () => {
      const handled = new Set<string>();
      const consumer = await start(async ({ event, redelivered }) => {
        expect(redelivered).toBe(false);
        await new Promise((resolve) => setTimeout(resolve, 1));
        handled.add(event.id);
      });
      const sending = Promise.all(Array.from({ length: 60 }, (_, index) => send(`m${index}`)));

      for (let count = 0; count < 8; count += 1) {
        await consumer.pause();
        await consumer.resume();
      }
      await sending;

      await eventually(() => handled.size === 60);
      await expectEmpty();
    });

    it('is paused at once when it only waits for the database, and stops at its deadline when a handler hangs', async () => {
      let tries = 0;
      const waiting = await start(async () => {
        tries += 1;
        throw DATABASE_AWAY;
      });
      await send('a');
      await eventually(() => tries > 1);
      await waiting.pause();
      expect(waiting.paused).toBe(true);

      let begun = 0;
      const hanging = await start(() => {
        begun += 1;
        return new Promise(() => undefined);
      });
      await eventually(() => begun === 1);
      const pausing = hanging.pause();
      await hanging.stop(Date.now() + 50);
      await pausing;
    });

    it('re-drives dead letters oldest first, as new, no more than asked for, and leaves alone what is parked meanwhile', async () => {
      const seen: string[] = [];
      let poisonous = true;
      await start(
        async ({ event, attempt }) => {
          seen.push(`${(event.data as { note: string }).note} ${attempt}`);
          if (poisonous) throw new ProtocolError('MESSAGE_MALFORMED', 'poison');
        },
        { prefetch: 1 },
      );
      const redrive = (limit: number): Promise<number> =>
        redriveDeadLetters({ broker, parking: names.parking.queue, queue: names.work, limit });
      for (const note of ['a', 'b', 'c']) await send(note);
      await eventually(async () => (await broker.countMessages(names.parking.queue)) === 3);

      expect(await redrive(100)).toBe(3); // and all are parked again
      await eventually(async () => seen.length === 6 && (await broker.countMessages(names.parking.queue)) === 3);
      poisonous = false;
      expect(await redrive(2)).toBe(2);

      await eventually(() => seen.length === 8);
      expect(seen.slice(6)).toEqual(['a 1', 'b 1']);
      expect((await takeParked()).message.body.toString()).toContain('"c"');
      expect(await redrive(100)).toBe(0);
      await expectEmpty();
    });

    it('what the broker itself parked, because consumers died on it, can be re-driven and retried', async () => {
      const killer = await connect();
      const dying = await killer.consume(names.work, { prefetch: 1, onDelivery: (delivery) => delivery.requeue() });
      await send('deadly');
      await eventually(async () => (await broker.countMessages(names.parking.queue)) === 1);
      await dying.stop(Date.now() + 1_000);
      const attempts: number[] = [];
      await start(async ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new Error('not yet');
      });

      expect(await redriveDeadLetters({ broker, parking: names.parking.queue, queue: names.work, limit: 10 })).toBe(1);

      await eventually(() => attempts.length === 2);
      expect(attempts).toEqual([1, 2]);
      await expectEmpty();
    });

    it('counts messages by what became of them', async () => {
      const metrics = createMetrics('test');
      await start(
        async ({ event }) => {
          if ((event.data as { note: string }).note === 'bad') throw new ProtocolError('MESSAGE_MALFORMED', 'poison');
        },
        { metrics },
      );
      await start(async () => undefined, { metrics, queue: names.parking.queue }); // a second one shares the registry

      await send('good');
      await send('bad');

      await eventually(async () => {
        const text = await metrics.metrics();
        return [
          `queue="${names.work}",outcome="handled"`,
          `queue="${names.work}",outcome="parked"`,
          `queue="${names.parking.queue}",outcome="handled"`,
        ].every((labels) => text.includes(`paygraph_messages_total{${labels},service="test"} 1`));
      });
    });
  });
}

function createEvent(note: string): CloudEvent<string, unknown> {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/paygraph/test',
    type: 'task.new.v1',
    subject: 'payment-1',
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { note },
  };
}

/** A work queue with three retry queues and a parking queue; and the same in two parts, with a parking exchange that comes later. */
function createTopology() {
  const prefix = `c${randomBytes(4).toString('hex')}`;
  const [exchange, work] = [`${prefix}.tasks`, `${prefix}.work`];
  const parking = { exchange: `${prefix}.dlx`, queue: `${prefix}.parking` };
  const delaysMs = [50, 150, 300];
  const toName = (index: number): string => `${prefix}.retry.${index}`;
  const retryQueues: [string, ...string[]] = [toName(0), toName(1), toName(2)];
  const workTopology: Topology = {
    exchanges: [
      { name: exchange, type: 'topic' },
      { name: parking.exchange, type: 'topic' },
    ],
    queues: [
      {
        name: work,
        bindings: [{ exchange, routingKey: 'task.new' }],
        deliveryLimit: 3,
        deadLetter: { exchange: parking.exchange, routingKey: 'dead' },
      },
      ...delaysMs.map((messageTtlMs, index) => ({
        name: toName(index),
        bindings: [],
        messageTtlMs,
        deadLetter: { exchange: '', routingKey: work },
      })),
    ],
  };
  const topology: Topology = {
    ...workTopology,
    queues: [...workTopology.queues, { name: parking.queue, bindings: [{ exchange: parking.exchange, routingKey: 'dead' }] }],
  };
  const parkingTopology: Topology = {
    exchanges: [{ name: `${parking.exchange}.later`, type: 'topic' }],
    queues: [{ name: parking.queue, bindings: [{ exchange: `${parking.exchange}.later`, routingKey: 'dead' }] }],
  };
  return { topology, workTopology, parkingTopology, exchange, work, retryQueues, parking, delaysMs };
}
