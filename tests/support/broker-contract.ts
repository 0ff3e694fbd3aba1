import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Broker, BrokerConsumer, Delivery, ReceivedMessage, WireMessage } from '../../platform/messaging/broker.ts';
import type { QueueSpec, Topology } from '../../platform/messaging/topology.ts';
import { eventually } from './eventually.ts';

/** A broker under test. */
export interface BrokerUnderContract extends AsyncDisposable {
  /** A client of its own, closed by the suite. */
  connect(): Broker;
  /** Breaks the connections of all clients and lets none come back. */
  breakConnections(): void;
  mendConnections(): void;
}

/** What every broker must do; the same for RabbitMQ and for the memory broker. */
export function describeBrokerContract(name: string, open: () => Promise<BrokerUnderContract>): void {
  describe(`the contract of a broker, kept by ${name}`, () => {
    let server: BrokerUnderContract;

    beforeAll(async () => {
      server = await open();
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    /** Clients that are closed at the end of the test. */
    function createClients(): AsyncDisposable & { connect(topology: Topology): Promise<Broker> } {
      const clients: Broker[] = [];
      return {
        async connect(topology) {
          const client = server.connect();
          clients.push(client);
          await eventually(() => client.connected);
          await client.declare(topology);
          return client;
        },
        async [Symbol.asyncDispose]() {
          server.mendConnections();
          for (const client of clients) await client.stop(Date.now() + 1_000);
        },
      };
    }

    it('a publish resolves when its message is safe in the queue', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);

      await Promise.all(['a', 'b', 'c'].map((text) => broker.publish(exchange, 'task.new', toMessage(text), { mandatory: true })));

      await eventually(async () => (await broker.countMessages(work)) === 3);
    });

    it('a message arrives as it was sent, byte for byte, with its properties and headers', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      const sent: WireMessage = {
        ...toMessage('x'),
        body: Buffer.from([0, 255, 206, 10]),
        headers: { traceparent: '00-ab-cd-01', 'x-attempt': 3, nested: { list: [1, 'two', true] } },
      };

      await broker.publish(exchange, 'task.new', sent, { mandatory: true });
      const delivery = await eventually(() => broker.take(work));

      expect(delivery.message).toMatchObject(sent);
      expect(delivery).toMatchObject({ exchange, routingKey: 'task.new', redelivered: false });
      delivery.ack();
    });

    it('what a publisher or a consumer does to a message afterwards changes no other copy', async () => {
      await using clients = createClients();
      const { topology, exchange, work, audit } = createTopology();
      const broker = await clients.connect(topology);
      const body = Buffer.from('same');
      const headers = { list: ['same'] };

      await broker.publish(exchange, 'task.new', { ...toMessage('x'), body, headers }, { mandatory: true });
      body.write('gone');
      headers.list.push('gone');
      const first = await eventually(() => broker.take(work));
      first.message.body.write('gone');
      (first.message.headers['list'] as string[]).push('gone');
      const second = await eventually(() => broker.take(audit));

      expect(toText(second)).toBe('same');
      expect(second.message.headers['list']).toEqual(['same']);
      first.ack();
      second.ack();
    });

    it('a topic exchange copies a message to every queue whose pattern fits, once', async () => {
      await using clients = createClients();
      const prefix = createPrefix();
      const exchange = `${prefix}.events`;
      const patterns: Record<string, string[]> = {
        exact: ['a.b.c'],
        star: ['a.*.c'],
        hash: ['a.#'],
        twice: ['a.#', '*.b.*'],
        other: ['b.#'],
        short: ['a.*'],
      };
      const queues = Object.entries(patterns).map(([queue, keys]) => ({
        name: `${prefix}.${queue}`,
        bindings: keys.map((routingKey) => ({ exchange, routingKey })),
      }));
      const broker = await clients.connect({ exchanges: [{ name: exchange, type: 'topic' }], queues });

      await broker.publish(exchange, 'a.b.c', toMessage('x'), { mandatory: true });

      for (const [queue, expected] of Object.entries({ exact: 1, star: 1, hash: 1, twice: 1, other: 0, short: 0 })) {
        await eventually(async () => (await broker.countMessages(`${prefix}.${queue}`)) === expected);
      }
    });

    it('consumers of one queue share its messages, and each message goes to one of them', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const [one, two] = [await clients.connect(topology), await clients.connect(topology)];
      const [byOne, byTwo] = [await collect(one, work, { prefetch: 5, ack: true }), await collect(two, work, { prefetch: 5, ack: true })];

      const texts = Array.from({ length: 40 }, (_, index) => `m${index}`);
      await Promise.all(texts.map((text) => one.publish(exchange, 'task.new', toMessage(text), { mandatory: true })));

      await eventually(() => byOne.texts.length + byTwo.texts.length === 40);
      expect([...byOne.texts, ...byTwo.texts].sort()).toEqual([...texts].sort());
      expect(byOne.texts.length).toBeGreaterThan(5);
      expect(byTwo.texts.length).toBeGreaterThan(5);
    });

    it('a consumer holds no more than its prefetch, and gets the next message when it settles one', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      for (const text of ['a', 'b', 'c', 'd', 'e']) await broker.publish(exchange, 'task.new', toMessage(text), { mandatory: true });

      const received = await collect(broker, work, { prefetch: 2 });

      await eventually(() => received.texts.length === 2);
      await eventually(async () => (await broker.countMessages(work)) === 3);
      expect(received.texts).toEqual(['a', 'b']);
      received.deliveries[0]?.ack();
      await eventually(() => received.texts.length === 3);
      await eventually(async () => (await broker.countMessages(work)) === 2);
    });

    it('messages of a consumer that dies are delivered to another, marked as redelivered', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const [dying, living] = [await clients.connect(topology), await clients.connect(topology)];
      await living.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });
      const held = await collect(dying, work, { prefetch: 1 });
      await eventually(() => held.texts.length === 1);
      expect(held.deliveries[0]?.redelivered).toBe(false);

      await dying.stop(Date.now());
      const again = await collect(living, work, { prefetch: 1, ack: true });

      await eventually(() => again.texts.length === 1);
      expect(again.deliveries[0]?.redelivered).toBe(true);
      expect(held.deliveries[0]?.lost.aborted).toBe(true);
      held.deliveries[0]?.ack(); // does nothing any more
    });

    it('a message that is given back is delivered again', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      await broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });

      const received = await collect(broker, work, { prefetch: 1 });
      await eventually(() => received.deliveries.length === 1);
      received.deliveries[0]?.requeue();
      received.deliveries[0]?.requeue(); // a second time does nothing
      await eventually(() => received.deliveries.length === 2);
      received.deliveries[1]?.ack();

      expect(received.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
      await received.consumer.stop(Date.now() + 1_000);
      expect(await broker.countMessages(work)).toBe(0);
    });

    it('a message in a delay queue moves on when its time is over, not before', async () => {
      await using clients = createClients();
      const { topology, work, delay, delayMs } = createTopology();
      const broker = await clients.connect(topology);
      const received = await collect(broker, work, { prefetch: 1, ack: true });

      const sentAt = Date.now();
      await broker.publish('', delay, toMessage('later'), { mandatory: true });
      await eventually(() => received.texts.length === 1);

      expect(Date.now() - sentAt).toBeGreaterThanOrEqual(delayMs - 5);
      expect(received.deliveries[0]?.message.headers['x-death']).toMatchObject([{ queue: delay, reason: 'expired' }]);
    });

    it('a message that is given back more often than the limit is parked, and the next ones go on', async () => {
      await using clients = createClients();
      const { topology, exchange, work, parking, deliveryLimit } = createTopology();
      const broker = await clients.connect(topology);
      const received: string[] = [];
      await broker.consume(work, {
        prefetch: 1,
        onDelivery(delivery) {
          received.push(toText(delivery));
          if (toText(delivery) === 'poison') delivery.requeue();
          else delivery.ack();
        },
      });

      await broker.publish(exchange, 'task.new', toMessage('poison'), { mandatory: true });
      await broker.publish(exchange, 'task.new', toMessage('good'), { mandatory: true });

      const parked = await eventually(() => broker.take(parking));
      expect(toText(parked)).toBe('poison');
      expect(parked.message.headers['x-death']).toMatchObject([{ queue: work, reason: 'delivery_limit' }]);
      parked.ack();
      await eventually(() => received.includes('good'));
      expect(received.filter((text) => text === 'poison')).toHaveLength(deliveryLimit + 1);
    });

    it('a mandatory message that no queue takes is rejected, and others of that moment are not', async () => {
      await using clients = createClients();
      const { topology, exchange } = createTopology();
      const broker = await clients.connect(topology);

      const outcomes = await Promise.allSettled([
        broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true }),
        broker.publish(exchange, 'nobody.listens', toMessage('b'), { mandatory: true }),
        broker.publish(exchange, 'nobody.listens', toMessage('c'), { mandatory: false }),
        broker.publish('', 'no-such-queue', toMessage('d'), { mandatory: true }),
        broker.publish('no-such-exchange', 'task.new', toMessage('e'), { mandatory: true }),
        broker.publish(exchange, 'task.new', toMessage('f'), { mandatory: true }),
      ]);

      const unroutable = { status: 'rejected', reason: expect.objectContaining({ code: 'MESSAGE_UNROUTABLE' }) };
      const fine = { status: 'fulfilled' };
      expect(outcomes).toMatchObject([fine, unroutable, fine, unroutable, unroutable, fine]);
    });

    it('what cannot be put on the wire is refused, and the broker goes on', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);

      const impossible = { ...toMessage('a'), headers: { callback: () => undefined } };
      await expect(broker.publish(exchange, 'task.new', impossible, { mandatory: true })).rejects.toMatchObject({
        code: 'MESSAGE_MALFORMED',
      });
      await broker.publish(exchange, 'task.new', toMessage('b'), { mandatory: true });

      expect(toText(await eventually(() => broker.take(work)))).toBe('b');
    });

    it('every client that listens to a broadcast gets its own copy, as long as it listens', async () => {
      await using clients = createClients();
      const { topology, exchange } = createTopology();
      const [one, two] = [await clients.connect(topology), await clients.connect(topology)];
      const [byOne, byTwo]: string[][] = [[], []];
      const listen = (broker: Broker, texts: string[]): Promise<BrokerConsumer> =>
        broker.consumeBroadcast(exchange, ['task.*'], (message) => texts.push(toText({ message })));
      const consumer = await listen(one, byOne ?? []);
      await listen(two, byTwo ?? []);

      // A listener misses what is sent before it is there.
      await eventually(async () => {
        await one.publish(exchange, 'task.new', toMessage('hello'), { mandatory: true });
        return byOne?.includes('hello') && byTwo?.includes('hello');
      });
      await consumer.stop(Date.now() + 1_000);
      await one.publish(exchange, 'task.old', toMessage('late'), { mandatory: false });

      await eventually(() => byTwo?.includes('late'));
      expect(byOne).not.toContain('late');
    });

    it('after a lost connection everything comes back: declarations, consumers, broadcasts, and what was in hand', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      let connections = 0;
      broker.onConnected(() => (connections += 1));
      const received = await collect(broker, work, { prefetch: 5 });
      const heard: string[] = [];
      await broker.consumeBroadcast(exchange, ['#'], (message) => heard.push(toText({ message })));
      await broker.publish(exchange, 'task.new', toMessage('in hand'), { mandatory: true });
      await eventually(() => received.texts.length === 1 && connections > 0);
      const connectionsBefore = connections;

      server.breakConnections();
      await eventually(() => !broker.connected);
      await expect(broker.publish(exchange, 'task.new', toMessage('refused'), { mandatory: true })).rejects.toMatchObject({
        code: 'BROKER_UNAVAILABLE',
        retryable: true,
      });
      await expect(broker.countMessages(work)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      await expect(broker.take(work)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      await eventually(() => received.deliveries[0]?.lost.aborted);
      server.mendConnections();

      await eventually(() => broker.connected && connections > connectionsBefore);
      await eventually(() => received.texts.filter((text) => text === 'in hand').length === 2);
      expect(received.deliveries[1]?.redelivered).toBe(true);
      await broker.publish(exchange, 'task.new', toMessage('afterwards'), { mandatory: true });
      await eventually(() => received.texts.includes('afterwards'));
      await eventually(async () => {
        await broker.publish(exchange, 'other', toMessage('heard'), { mandatory: false });
        return heard.includes('heard');
      });
    });

    it('what is declared and consumed while there is no connection is there with the next one', async () => {
      await using clients = createClients();
      const broker = await clients.connect({ exchanges: [], queues: [] });
      const { topology, exchange, work } = createTopology();

      server.breakConnections();
      await eventually(() => !broker.connected);
      await broker.declare(topology);
      const received = await collect(broker, work, { prefetch: 1, ack: true });
      server.mendConnections();

      await eventually(() => broker.connected);
      await broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });
      await eventually(() => received.texts.length === 1);
    });

    it('take hands out the oldest message, once, and null when there is none', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      await broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });
      await broker.publish(exchange, 'task.new', toMessage('b'), { mandatory: true });

      const first = await eventually(() => broker.take(work));
      const second = await eventually(() => broker.take(work));
      expect([toText(first), toText(second)]).toEqual(['a', 'b']);
      expect(await broker.take(work)).toBeNull();

      first.ack();
      second.requeue();
      const again = await eventually(() => broker.take(work));
      expect(toText(again)).toBe('b');
      expect(again.redelivered).toBe(true);
      again.ack();
      expect(await broker.take(work)).toBeNull();
    });

    it('browsing shows every message in its order, and they are all back in that order, however often', async () => {
      await using clients = createClients();
      const { topology, parking } = createTopology();
      const broker = await clients.connect(topology);
      const texts = Array.from({ length: 120 }, (_, index) => `m${index}`);
      for (const text of texts) await broker.publish('', parking, toMessage(text), { mandatory: true });
      await eventually(async () => (await broker.countMessages(parking)) === 120);

      for (let round = 0; round < 3; round += 1) {
        const seen: string[] = [];
        await broker.browse(parking, { limit: 1_000, visit: (delivery) => void seen.push(toText(delivery)) });

        expect(seen).toEqual(texts);
        expect(await broker.countMessages(parking)).toBe(120);
      }
      const first = await eventually(() => broker.take(parking));
      expect(toText(first)).toBe('m0');
      first.requeue();
    });

    it('browsing sees no more than it asked for, and nothing in an empty queue', async () => {
      await using clients = createClients();
      const { topology, parking } = createTopology();
      const broker = await clients.connect(topology);
      let seen = 0;
      const visit = (): void => void (seen += 1);

      await broker.browse(parking, { limit: 10, visit });
      for (const text of ['a', 'b', 'c']) await broker.publish('', parking, toMessage(text), { mandatory: true });
      await eventually(async () => (await broker.countMessages(parking)) === 3);
      await broker.browse(parking, { limit: 2, visit });

      expect(seen).toBe(2);
      expect(await broker.countMessages(parking)).toBe(3);
    });

    it('one message can be picked out of the middle while browsing; a failure leaves all of them', async () => {
      await using clients = createClients();
      const { topology, parking } = createTopology();
      const broker = await clients.connect(topology);
      for (const text of ['a', 'b', 'c']) await broker.publish('', parking, toMessage(text), { mandatory: true });
      await eventually(async () => (await broker.countMessages(parking)) === 3);
      const pick = async (settle: (found: Delivery | undefined) => Promise<void>): Promise<void> => {
        let found: Delivery | undefined;
        const visit = (delivery: Delivery): void => {
          if (toText(delivery) === 'b') found = delivery;
        };
        await broker.browse(parking, { limit: 10, visit, settle: () => settle(found) });
      };

      const failure = pick(() => Promise.reject(new Error('not now')));
      await expect(failure).rejects.toThrow('not now');
      await eventually(async () => (await broker.countMessages(parking)) === 3);
      await pick(async (found) => {
        await expect(broker.publish('', 'no-such-queue', toMessage('b'), { mandatory: true })).rejects.toThrow();
        found?.ack();
      });

      expect(await broker.countMessages(parking)).toBe(2);
      const [first, second] = [await broker.take(parking), await broker.take(parking)];
      expect([first, second].map((delivery) => delivery && toText(delivery))).toEqual(['a', 'c']);
      first?.ack();
      second?.ack();
    });

    it('browsing without a connection or a queue says so, and a connection lost in the middle loses no message', async () => {
      await using clients = createClients();
      const { topology, parking } = createTopology();
      const broker = await clients.connect(topology);
      await broker.publish('', parking, toMessage('a'), { mandatory: true });
      await eventually(async () => (await broker.countMessages(parking)) === 1);
      const visit = (): void => undefined;

      await expect(broker.browse('no-such-queue', { limit: 1, visit })).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
      const lost = broker.browse(parking, {
        limit: 1,
        visit,
        settle: async () => {
          server.breakConnections();
          await eventually(() => !broker.connected);
        },
      });
      await lost.catch(() => undefined);
      await expect(broker.browse(parking, { limit: 1, visit })).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
      server.mendConnections();

      await eventually(() => broker.connected);
      await eventually(async () => (await broker.countMessages(parking)) === 1);
    });

    it('a queue that does not exist is told as such, and the client goes on', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);

      await expect(broker.countMessages('no-such-queue')).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
      await expect(broker.take('no-such-queue')).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });

      await broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });
      expect(toText(await eventually(() => broker.take(work)))).toBe('a');
    });

    it('a consumer that stops gets no more messages, may settle those in hand, and costs the queue no delivery', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      const received = await collect(broker, work, { prefetch: 2 });
      for (const text of ['a', 'b', 'c']) await broker.publish(exchange, 'task.new', toMessage(text), { mandatory: true });
      await eventually(() => received.texts.length === 2);

      const stopped = received.consumer.stop(Date.now() + 10_000);
      for (const delivery of received.deliveries) delivery.ack();
      await stopped;

      expect(received.texts).toEqual(['a', 'b']);
      const rest = await eventually(() => broker.take(work));
      expect({ text: toText(rest), redelivered: rest.redelivered }).toEqual({ text: 'c', redelivered: false });
      rest.ack();
      expect(await broker.take(work)).toBeNull();
    });

    it('a consumer that stops waits for its messages no longer than its deadline; they go back', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      const broker = await clients.connect(topology);
      const received = await collect(broker, work, { prefetch: 1 });
      await broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true });
      await eventually(() => received.texts.length === 1);

      await received.consumer.stop(Date.now() + 50);

      const again = await eventually(() => broker.take(work));
      expect(again.redelivered).toBe(true);
      again.ack();
    });

    it('a queue that exists with other arguments is a problem that it tells, and everything else works', async () => {
      await using clients = createClients();
      const { topology, exchange, work } = createTopology();
      await clients.connect(topology);
      const changed = {
        ...topology,
        queues: topology.queues.map((queue) => (queue.name === work ? { ...queue, deliveryLimit: 99 } : queue)),
      };
      const added: QueueSpec = { name: `${work}.added`, bindings: [{ exchange, routingKey: 'added' }] };

      const broker = await clients.connect({ ...changed, queues: [...changed.queues, added] });

      expect(broker.problem).toMatch(new RegExp(`TOPOLOGY_MISMATCH.*queue ${work} exists with other arguments`));
      await broker.publish(exchange, 'added', toMessage('a'), { mandatory: true });
      await broker.publish(exchange, 'task.new', toMessage('b'), { mandatory: true });
      expect(toText(await eventually(() => broker.take(work)))).toBe('b');
    });

    it('a client that was stopped refuses to publish, and stopping twice is no harm', async () => {
      await using clients = createClients();
      const { topology, exchange } = createTopology();
      const broker = await clients.connect(topology);

      await broker.stop(Date.now() + 1_000);
      await broker.stop(Date.now() + 1_000);

      expect(broker.connected).toBe(false);
      await expect(broker.publish(exchange, 'task.new', toMessage('a'), { mandatory: true })).rejects.toMatchObject({
        code: 'BROKER_UNAVAILABLE',
      });
    });
  });
}

/** Fresh names, so that the tests of one broker do not meet. */
function createPrefix(): string {
  return `t${randomBytes(4).toString('hex')}`;
}

/** A work queue with a delay queue and a parking queue, and an audit queue beside it. */
function createTopology() {
  const prefix = createPrefix();
  const [exchange, dlx] = [`${prefix}.tasks`, `${prefix}.dlx`];
  const [work, delay, parking, audit] = [`${prefix}.work`, `${prefix}.delay`, `${prefix}.parking`, `${prefix}.audit`];
  const deliveryLimit = 3;
  const delayMs = 300;
  const topology: Topology = {
    exchanges: [
      { name: exchange, type: 'topic' },
      { name: dlx, type: 'topic' },
    ],
    queues: [
      { name: work, bindings: [{ exchange, routingKey: 'task.new' }], deliveryLimit, deadLetter: { exchange: dlx, routingKey: 'dead' } },
      { name: delay, bindings: [], messageTtlMs: delayMs, deadLetter: { exchange: '', routingKey: work } },
      { name: parking, bindings: [{ exchange: dlx, routingKey: 'dead' }] },
      { name: audit, bindings: [{ exchange, routingKey: 'task.#' }] },
    ],
  };
  return { topology, exchange, work, delay, delayMs, parking, audit, deliveryLimit };
}

function toMessage(text: string): WireMessage {
  return {
    body: Buffer.from(text),
    contentType: 'text/plain',
    messageId: `id-${text}`,
    correlationId: 'c',
    type: 't',
    timestamp: 1_700_000_000,
    appId: 'suite',
    headers: {},
  };
}

function toText({ message }: { message: Pick<ReceivedMessage, 'body'> }): string {
  return message.body.toString();
}

async function collect(broker: Broker, queue: string, { prefetch, ack = false }: { prefetch: number; ack?: boolean }) {
  const deliveries: Delivery[] = [];
  const texts: string[] = [];
  const onDelivery = (delivery: Delivery): void => {
    deliveries.push(delivery);
    texts.push(toText(delivery));
    if (ack) delivery.ack();
  };
  return { deliveries, texts, consumer: await broker.consume(queue, { prefetch, onDelivery }) };
}
