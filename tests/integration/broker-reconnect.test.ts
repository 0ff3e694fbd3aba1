import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect as connectDirectly } from 'amqplib';
import { connectAmqpBroker, type AmqpBrokerOptions } from '../../platform/messaging/amqp-broker.ts';
import type { Broker, WireMessage } from '../../platform/messaging/broker.ts';
import type { Topology } from '../../platform/messaging/topology.ts';
import { connectionBlocked, connectionClose, connectionUnblocked, isConsumeOf } from '../support/amqp-frames.ts';
import { eventually } from '../support/eventually.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { startAmqpImpostor, type AmqpImpostor } from '../support/amqp-impostor.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describe('RabbitMQ behind a bad network', () => {
  let vhost: Awaited<ReturnType<typeof createTestVhost>>;
  let proxy: TcpProxy;
  let impostor: AmqpImpostor;
  let proxyUrl: string;
  let impostorUrl: string;
  let names: ReturnType<typeof createTopology>;
  let log: ReturnType<typeof createRecordingLogger>;
  let brokers: Broker[];

  beforeAll(async () => {
    vhost = await createTestVhost();
  });
  afterAll(async () => {
    await vhost[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const { hostname, port } = new URL(vhost.url);
    const target = { host: hostname, port: Number(port || 5672) };
    proxy = await startTcpProxy(target);
    impostor = await startAmqpImpostor(target);
    proxyUrl = withPort(vhost.url, proxy.port);
    impostorUrl = withPort(vhost.url, impostor.port);
    names = createTopology();
    log = createRecordingLogger();
    brokers = [];
  });
  afterEach(async () => {
    proxy.hold(false);
    for (const broker of brokers) await broker.stop(Date.now() + 1_000);
    await proxy.stop();
    await impostor.stop();
  });

  function start(options: Partial<AmqpBrokerOptions> = {}): Broker {
    const broker = connectAmqpBroker({ urls: [proxyUrl], name: 'test', logger: log.logger, ...options });
    brokers.push(broker);
    return broker;
  }

  async function startConnected(options: Partial<AmqpBrokerOptions> = {}): Promise<Broker> {
    const broker = start(options);
    await broker.declare(names.topology);
    await eventually(() => broker.connected);
    return broker;
  }

  it('connections that break in the middle of publishing lose nothing that was confirmed', async () => {
    const broker = await startConnected();
    const confirmed = new Set<string>();
    const publishAll = Array.from({ length: 600 }, async (_, index) => {
      const id = `m${index}`;
      for (;;) {
        try {
          await broker.publish(names.exchange, 'one', toMessage(id), { mandatory: true });
          confirmed.add(id);
          return;
        } catch (error) {
          expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
          await eventually(() => broker.connected);
        }
      }
    });
    const breaks = (async () => {
      for (const atLeast of [50, 200, 400]) {
        await eventually(() => confirmed.size >= atLeast, 20_000, 1);
        proxy.reset();
      }
    })();
    await Promise.all([...publishAll, breaks]);

    const received = new Set<string>();
    await broker.consume(names.one, {
      prefetch: 100,
      onDelivery(delivery) {
        received.add(delivery.message.messageId ?? '');
        delivery.ack();
      },
    });
    await eventually(() => received.size === 600);
    expect(confirmed.size).toBe(600);
  });

  it('a server that freezes is noticed: publishes time out, and all goes on when it wakes up', async () => {
    const broker = await startConnected({ heartbeatSeconds: 1, confirmTimeoutMs: 500 });
    const received: string[] = [];
    await broker.consume(names.one, {
      prefetch: 1,
      onDelivery(delivery) {
        received.push(delivery.message.messageId ?? '');
        delivery.ack();
      },
    });
    await broker.publish(names.exchange, 'one', toMessage('before'), { mandatory: true });
    await eventually(() => received.includes('before'));

    proxy.hold(true);
    const publishedAt = Date.now();
    await expect(broker.publish(names.exchange, 'one', toMessage('during'), { mandatory: true })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    });
    expect(Date.now() - publishedAt).toBeLessThan(2_000);
    await eventually(() => !broker.connected);

    proxy.hold(false);
    await eventually(() => broker.connected);
    await broker.publish(names.exchange, 'one', toMessage('after'), { mandatory: true });
    await eventually(() => received.includes('after'));
  });

  it('stopping does not wait for a frozen server', async () => {
    const broker = await startConnected();
    await broker.consume(names.one, { prefetch: 1, onDelivery: () => undefined });
    await eventually(() => proxy.connections === 2);

    proxy.hold(true);
    const stoppedAt = Date.now();
    await broker.stop(Date.now() + 4_000);

    expect(Date.now() - stoppedAt).toBeLessThan(4_000);
    proxy.hold(false);
    await eventually(() => proxy.connections === 0);
  });

  it('publishes that wait for their confirms are bounded', async () => {
    const broker = await startConnected({ maxUnconfirmed: 10, confirmTimeoutMs: 300 });

    proxy.hold(true);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 15 }, (_, index) => broker.publish(names.exchange, 'one', toMessage(`m${index}`), { mandatory: true })),
    );

    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'confirmed'));
    expect(reasons.filter((reason) => reason.includes('no confirm within 300 ms'))).toHaveLength(10);
    expect(reasons.filter((reason) => reason.includes('10 messages wait for their confirms already'))).toHaveLength(5);
    proxy.hold(false);
    await eventually(() => broker.connected);
    await eventually(async () => {
      await broker.publish(names.exchange, 'one', toMessage('again'), { mandatory: true });
      return true;
    });
  });

  it('while RabbitMQ blocks publishing, publishes fail at once and the problem is told; afterwards listeners are woken', async () => {
    const broker = await startConnected({ urls: [impostorUrl] });
    let woken = 0;
    broker.onConnected(() => (woken += 1));
    await eventually(() => woken === 1);

    impostor.sayToClients(connectionBlocked('low on memory'));
    await eventually(() => !broker.connected);
    expect(broker.problem).toBe('RabbitMQ takes no messages: low on memory');
    await expect(broker.publish(names.exchange, 'one', toMessage('m'), { mandatory: true })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('low on memory'),
    });

    impostor.sayToClients(connectionUnblocked());
    await eventually(() => broker.connected && woken === 2);
    expect(broker.problem).toBeUndefined();
    await broker.publish(names.exchange, 'one', toMessage('m'), { mandatory: true });
  });

  it('a queue that is deleted under its consumer is made anew and consumed again', async () => {
    const broker = await startConnected();
    const received: string[] = [];
    await broker.consume(names.one, {
      prefetch: 1,
      onDelivery(delivery) {
        received.push(delivery.message.messageId ?? '');
        delivery.ack();
      },
    });
    await broker.publish(names.exchange, 'one', toMessage('before'), { mandatory: true });
    await eventually(() => received.includes('before'));

    await deleteQueue(vhost.url, names.one);

    await eventually(async () => {
      await broker.publish(names.exchange, 'one', toMessage('after'), { mandatory: true });
      return received.includes('after');
    });
  });

  it('a queue that is deleted while nobody consumes it is made anew soon after a message found no way', async () => {
    const broker = await startConnected();
    await deleteQueue(vhost.url, names.one);

    await expect(broker.publish(names.exchange, 'one', toMessage('m'), { mandatory: true })).rejects.toMatchObject({
      code: 'MESSAGE_UNROUTABLE',
    });

    await eventually(async () => {
      await broker.publish(names.exchange, 'one', toMessage('m'), { mandatory: true });
      return true;
    });
    expect(await broker.countMessages(names.one)).toBe(1);
  });

  it('a queue that RabbitMQ cannot serve (541) is named, is tried less and less often, and disturbs nothing else', async () => {
    const broker = await startConnected({ urls: [impostorUrl] });
    const received: string[] = [];
    await broker.consume(names.two, {
      prefetch: 1,
      onDelivery(delivery) {
        received.push(delivery.message.messageId ?? '');
        expect(delivery.redelivered).toBe(false);
        delivery.ack();
      },
    });
    await eventually(() => impostor.connections === 2);
    let tries = 0;
    impostor.intercept((bytes) => {
      if (!isConsumeOf(names.one, bytes)) return undefined;
      tries += 1;
      return connectionClose(541, 'INTERNAL_ERROR');
    });

    await broker.consume(names.one, { prefetch: 1, onDelivery: (delivery) => delivery.ack() });
    await eventually(() => tries === 4);

    expect(broker.problem).toContain(`QUEUE_BROKEN: consumer of ${names.one} cannot work`);
    expect(log.lines.filter((line) => line.includes('541'))).toHaveLength(1);
    expect(broker.connected).toBe(true);
    const fourthAt = Date.now();
    await eventually(() => tries === 5);
    expect(Date.now() - fourthAt).toBeGreaterThan(390); // 100, 200, 400, 800 ms, half of each for certain
    await broker.publish(names.exchange, 'two', toMessage('m'), { mandatory: true });
    await eventually(() => received.includes('m'));

    impostor.intercept(undefined);
    await eventually(() => broker.problem === undefined);
  });

  it('of several addresses the next is tried when one does not answer', async () => {
    const broker = await startConnected({ urls: ['amqp://guest:guest@127.0.0.1:1', proxyUrl] });

    await broker.publish(names.exchange, 'one', toMessage('m'), { mandatory: true });

    expect(log.lines[0]).toMatch(/^warn: waiting for RabbitMQ at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect(log.lines.at(-1)).toBe('info: RabbitMQ answers');
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'wrong-secret'), 'it refuses the user name or the password (ACCESS_REFUSED)'],
    [
      'an unknown virtual host',
      (url: URL) => (url.pathname = '/no-such-vhost'),
      'it has no such virtual host, or gives this user no right to it',
    ],
  ])('%s is told as a problem, without the secret, and tried again', async (_what, change, reason) => {
    const url = new URL(proxyUrl);
    change(url);

    const broker = start({ urls: [url.href] });

    await eventually(() => broker.problem?.includes(reason));
    expect(broker.connected).toBe(false);
    expect(log.lines.filter((line) => line.includes(reason))).toHaveLength(1);
    expect(JSON.stringify([log.lines, broker.problem])).not.toContain('wrong-secret');
  });

  it('a stranger at the address is told as a problem', async () => {
    const stranger = createServer((socket) => void socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    try {
      await eventually(() => stranger.listening);
      const broker = start({ urls: [`amqp://127.0.0.1:${(stranger.address() as AddressInfo).port}`] });

      await eventually(() => broker.problem?.includes('what answers there is not an AMQP 0-9-1 broker'));
    } finally {
      stranger.close();
    }
  });
});

/** Fresh names, so that the tests of one virtual host do not meet. */
function createTopology() {
  const prefix = `r${randomBytes(4).toString('hex')}`;
  const [exchange, one, two] = [`${prefix}.tasks`, `${prefix}.one`, `${prefix}.two`];
  const topology: Topology = {
    exchanges: [{ name: exchange, type: 'topic' }],
    queues: [
      { name: one, bindings: [{ exchange, routingKey: 'one' }] },
      { name: two, bindings: [{ exchange, routingKey: 'two' }] },
    ],
  };
  return { exchange, one, two, topology };
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}

function toMessage(id: string): WireMessage {
  return {
    body: Buffer.from(id),
    contentType: 'text/plain',
    messageId: id,
    correlationId: '',
    type: '',
    timestamp: 0,
    appId: '',
    headers: {},
  };
}

async function deleteQueue(url: string, queue: string): Promise<void> {
  const connection = await connectDirectly(url);
  const channel = await connection.createChannel();
  await channel.deleteQueue(queue);
  await connection.close();
}
