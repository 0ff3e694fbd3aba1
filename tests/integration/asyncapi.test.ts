import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { default as formats } from 'ajv-formats';
import { parse } from 'yaml';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { Delivery } from '../../platform/messaging/broker.ts';
import { startConsumer } from '../../platform/messaging/consumer.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { CLOUD_EVENT_CONTENT_TYPE } from '../../platform/messaging/messages.ts';
import { insertIntoOutbox, type OutboxMessage, type OutboxSchema } from '../../platform/messaging/outbox.ts';
import { startRelay } from '../../platform/messaging/relay.ts';
import { inTransaction, openDatabase } from '../../platform/storage/database.ts';
import { migrate } from '../../platform/storage/migrate.ts';
import {
  PAYMENT_OUTCOMES,
  PAYMENT_REQUESTS,
  PAYMENT_TOPOLOGY,
  toOutcomeMessage,
  toRequestMessage,
  type WorkQueue,
} from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';

/** What we read of the document. */
interface AsyncApi {
  readonly channels: Record<string, { address: string; messages: Record<string, { $ref: string }>; bindings: { amqp: AmqpBinding } }>;
  readonly operations: Record<string, { action: string; channel: { $ref: string }; bindings: { amqp: { mandatory?: boolean } } }>;
  readonly components: {
    messages: Record<string, { name: string; contentType?: string }>;
    schemas: Record<string, { properties?: Record<string, unknown> }>;
  };
}
type AmqpBinding = { is: 'routingKey'; exchange: { name: string; type: string } } | { is: 'queue'; queue: { name: string } };

const fixed = { userId: '1', amountMinor: 2_500n, currency: 'MXN', requestedAt: new Date('2026-03-01T12:00:00.000Z') };
const processedAt = new Date('2026-03-01T12:00:01.500Z');
const messages: Record<string, OutboxMessage> = {
  'a request': toRequestMessage({ ...fixed, paymentId: toId(1), description: 'ñ €' }),
  'a request without a description': toRequestMessage({ ...fixed, paymentId: toId(2), description: null }),
  'a request in a currency without minor units': toRequestMessage({ ...fixed, paymentId: toId(3), currency: 'JPY', description: null }),
  'a processed payment': toOutcomeMessage({ ...fixed, paymentId: toId(4), processedAt, failureReason: null }),
  'a failed payment': toOutcomeMessage({ ...fixed, paymentId: toId(5), processedAt, failureReason: 'LIMIT_EXCEEDED' }),
};
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('schema/messages.asyncapi.yaml', () => {
  let document: AsyncApi;
  let ajv: Ajv;

  beforeAll(async () => {
    document = parse(await readFile(new URL('../../schema/messages.asyncapi.yaml', import.meta.url), 'utf8')) as AsyncApi;
    ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    ajv.addSchema(document, 'asyncapi');
  });

  function schemaOf(name: string, part: 'payload' | 'headers'): ValidateFunction {
    const [key] = Object.entries(document.components.messages).find(([, message]) => message.name === name) ?? [];
    const validate = key === undefined ? undefined : ajv.getSchema(`asyncapi#/components/messages/${key}/${part}`);
    if (!validate) throw new Error(`the document has no ${part} of ${name}`);
    return validate;
  }

  function expectValid(validate: ValidateFunction, value: unknown): void {
    validate(value);
    expect(validate.errors ?? []).toEqual([]);
  }

  it('has no reference that leads nowhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);

    expect(references.length).toBeGreaterThan(20);
    for (const path of references) {
      const target = path.split('/').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
      expect([path, typeof target]).toEqual([path, 'object']);
    }
  });

  it('describes the exchanges, the routing keys and the queues that the services declare', () => {
    const bindings = Object.values(document.channels).map(({ bindings: { amqp }, address }) => ({ amqp, address }));
    const described = bindings.flatMap(({ amqp, address }) =>
      amqp.is === 'routingKey' ? [`${amqp.exchange.name} ${amqp.exchange.type} ${address}`] : [],
    );
    const types = new Map(PAYMENT_TOPOLOGY.exchanges.map(({ name, type }) => [name, type]));
    const bound = PAYMENT_TOPOLOGY.queues.flatMap((queue) =>
      queue.bindings.map(({ exchange, routingKey }) => `${exchange} ${types.get(exchange)} ${routingKey}`),
    );

    expect(described.sort()).toEqual(bound.filter((binding) => !binding.includes('.dlx')).sort());
    const queues = bindings.flatMap(({ amqp }) => (amqp.is === 'queue' ? [amqp.queue.name] : []));
    expect(queues.sort()).toEqual([PAYMENT_REQUESTS, PAYMENT_OUTCOMES].flatMap(({ queue, parking }) => [queue, parking.queue]).sort());
  });

  it.each(Object.entries(messages))(
    'tells where %s is published, and whether a queue must take it',
    (_what, { event, exchange, routingKey, mandatory }) => {
      const [channel, { bindings }] = Object.entries(document.channels).find(([, { address }]) => address === routingKey) ?? [
        '',
        { bindings: undefined },
      ];
      const operation = Object.values(document.operations).find(({ channel: { $ref } }) => $ref === `#/channels/${channel}`);

      expect(event.type).toBe(routingKey);
      expect(bindings?.amqp).toMatchObject({ exchange: { name: exchange } });
      expect(operation).toMatchObject({ action: 'send', bindings: { amqp: { mandatory } } });
    },
  );

  it('describes every message as it goes over the wire: properties, headers and body, with nothing left out', async () => {
    await using database = await createTestDatabase();
    const { db, stop } = await openDatabase<OutboxSchema>({ name: 'test database', url: database.url, logger: silentLogger });
    await migrate(db, new URL('../../platform/messaging/migrations/', import.meta.url));
    const broker = createMemoryBroker();
    await broker.declare(PAYMENT_TOPOLOGY);
    const relay = startRelay({ db, broker, logger: silentLogger, pollMs: 1_000 });

    const withTrace = Object.values(messages).map((message) => ({ ...message, headers: { traceparent } }));
    await inTransaction(db, (trx) => insertIntoOutbox(trx, withTrace));
    relay.wake();
    const deliveries = [
      ...(await takeAll(broker.take, PAYMENT_REQUESTS.queue, 3)),
      ...(await takeAll(broker.take, PAYMENT_OUTCOMES.queue, 2)),
    ];
    await relay.stop(Date.now() + 2_000);
    await stop(Date.now() + 2_000);

    for (const { message, routingKey } of deliveries) {
      const event = JSON.parse(message.body.toString()) as { id: string; subject: string; data: object };
      expectValid(schemaOf(routingKey, 'payload'), event);
      expectValid(schemaOf(routingKey, 'headers'), message.headers);
      expect(message).toMatchObject({
        contentType: CLOUD_EVENT_CONTENT_TYPE,
        messageId: event.id,
        correlationId: event.subject,
        type: routingKey,
        headers: { traceparent },
      });
      expectDescribed('CloudEvent', event);
      expectDescribed('Headers', message.headers);
      expectDescribed(toSchemaName(routingKey), event.data);
    }
    expect(deliveries.map(({ message }) => message.messageId).sort()).toEqual([1, 2, 3, 4, 5].map(toId));
  });

  it.each([
    ['payments', PAYMENT_REQUESTS],
    ['users', PAYMENT_OUTCOMES],
  ])('describes what %s retries and what it parks', async (_service, { queue, retryQueues, parking }: WorkQueue) => {
    const broker = createMemoryBroker();
    await broker.declare(PAYMENT_TOPOLOGY);
    const handle = async (): Promise<void> => {
      throw new TypeError('boom');
    };
    const consumer = await startConsumer({
      broker,
      queue,
      retryQueues,
      parking,
      prefetch: 1,
      logger: silentLogger,
      handle,
      maxAttempts: 2,
    });

    const stranger = {
      body: Buffer.from('?'),
      contentType: '',
      messageId: '',
      correlationId: '',
      type: '',
      timestamp: 0,
      appId: '',
      headers: {},
    };
    await broker.publish('', queue, stranger, { mandatory: true });
    await broker.publish('', queue, { ...stranger, body: Buffer.from(JSON.stringify(messages['a request']?.event)) }, { mandatory: true });
    const [retried] = await takeAll(broker.take, retryQueues[0], 1);
    const [parked] = await takeAll(broker.take, parking.queue, 1);
    await consumer.stop(Date.now() + 1_000);

    expectValid(schemaOf('parked', 'headers'), parked?.message.headers);
    expectDescribed('ParkedHeaders', parked?.message.headers ?? {});
    expectValid(schemaOf('payment.requested.v1', 'headers'), retried?.message.headers);
    expectDescribed('Headers', retried?.message.headers ?? {});
  });

  it.each([
    ['an amount that is a number', { amount: 25 }],
    ['an amount below zero', { amount: '-25.00' }],
    ['a payment id in capitals', { paymentId: toId(1).toUpperCase() }],
    ['a time without a zone', { requestedAt: '2026-03-01T12:00:00' }],
    ['no user', { userId: undefined }],
  ])('refuses %s', (_what, change) => {
    const event = messages['a request']?.event;
    const changed = JSON.parse(JSON.stringify({ ...event, sequence: '1', data: { ...(event?.data as object), ...change } })) as unknown;

    expect(schemaOf('payment.requested.v1', 'payload')(changed)).toBe(false);
  });

  /** The schemas let unknown fields pass, as readers must; what we send they must name. */
  function expectDescribed(schema: string, value: object): void {
    expect(Object.keys(document.components.schemas[schema]?.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(value)));
  }
});

/** payment.requested.v1 → PaymentRequested */
function toSchemaName(type: string): string {
  const [noun = '', verb = ''] = type.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return noun + verb;
}

async function takeAll(take: (queue: string) => Promise<Delivery | null>, queue: string, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) deliveries.push(await eventually(() => take(queue)));
  for (const delivery of deliveries) delivery.ack();
  return deliveries;
}

function toId(number: number): string {
  return `0199c2f0-0000-7000-8000-00000000000${number}`;
}
