import { connect, type ConfirmChannel } from 'amqplib';
import { COMMANDS_EXCHANGE, EVENTS_EXCHANGE } from '../../../subgraphs/payment-topology.ts';
import { PAYMENT_PROCESSED, PAYMENT_REQUESTED } from '../../../subgraphs/payment-messages.ts';
import { eventually } from '../eventually.ts';
import type { ChaosSystem } from './chaos-system.ts';
import type { Fault } from './fault.ts';
import { discardOldest, redrive } from './operator.ts';
import { createPoison } from './poison.ts';
import { listParked } from './queues.ts';
import { queryWhenBack } from './verdicts.ts';

interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly messageId: string;
}

/** As a stranger would, confirmed, past the proxies; a broker that is away is waited for. */
export async function publishAsStranger(url: string, messages: readonly Outgoing[]): Promise<void> {
  await eventually(
    async () => {
      const model = await connect(url, { timeout: 3_000 });
      model.on('error', () => undefined);
      try {
        const channel: ConfirmChannel = await model.createConfirmChannel();
        channel.on('error', () => undefined);
        for (const { exchange, routingKey, body, messageId } of messages) {
          const properties = { persistent: true, contentType: 'application/cloudevents+json', messageId, mandatory: true };
          channel.publish(exchange, routingKey, body, properties);
        }
        await channel.waitForConfirms();
        return true;
      } finally {
        await model.close().catch(() => undefined);
      }
    },
    120_000,
    300,
  );
}

/** Some of the messages that a service once published, oldest first. */
async function findPublished(
  system: ChaosSystem,
  service: 'users' | 'payments',
  limit: number,
  order: 'oldest' | 'newest',
): Promise<Outgoing[]> {
  const text = `select * from (select id::text, exchange, routing_key, event, position from outbox where published_at is not null and position is not null
    order by position ${order === 'oldest' ? 'asc' : 'desc'} limit $1) as chosen order by position`;
  const { rows } = await queryWhenBack<{ exchange: string; routing_key: string; event: object; id: string }>(
    system.databases[service],
    text,
    [limit],
  );
  return rows.map(({ exchange, routing_key: routingKey, event, id }) => ({
    exchange,
    routingKey,
    body: Buffer.from(JSON.stringify(event)),
    messageId: id,
  }));
}

/** What was handled before comes again: harmless, as often as it comes. */
const again = (name: string, find: (system: ChaosSystem) => Promise<Outgoing[]>): Fault => ({
  name,
  lastsMs: [0, 0],
  run: (system) => system.inTurn('broker', async () => publishAsStranger(system.broker.directUrl(), await find(system))),
});

const duplicates = again('messages: duplicates', async (system) => {
  const found = [...(await findPublished(system, 'users', 15, 'newest')), ...(await findPublished(system, 'payments', 15, 'newest'))];
  return [...found, ...found];
});

const reordered = again('messages: in reverse order', async (system) => [
  ...(await findPublished(system, 'payments', 15, 'newest')).reverse(),
  ...(await findPublished(system, 'users', 15, 'newest')).reverse(),
]);

const veryOld = again('messages: very old', async (system) => [
  ...(await findPublished(system, 'users', 10, 'oldest')),
  ...(await findPublished(system, 'payments', 10, 'oldest')),
]);

/** One of each kind; remembered, since each must be found parked. */
const poison: Fault = {
  name: 'messages: poison',
  lastsMs: [0, 0],
  run: (system) =>
    system.inTurn('broker', async () => {
      const [known] = (await findPublished(system, 'users', 1, 'newest')).map(
        ({ body }) => JSON.parse(String(body)) as { data: Record<string, unknown> },
      );
      const messages = createPoison(known?.data);
      system.poison.push(...messages);
      await publishAsStranger(
        system.broker.directUrl(),
        messages.map(({ to, body, messageId }) => ({
          messageId,
          body,
          exchange: to === 'payments' ? COMMANDS_EXCHANGE : EVENTS_EXCHANGE,
          routingKey: to === 'payments' ? PAYMENT_REQUESTED : PAYMENT_PROCESSED,
        })),
      );
    }),
};

/** Poison that is sent back is set aside again; what is thrown away is recorded. */
const operator: Fault = {
  name: 'messages: sent back and thrown away by an operator',
  lastsMs: [0, 0],
  run: (system, step) =>
    system.inTurn('broker', async () => {
      await eventually(() => redrive(system.clientUrl(), 1 + (step.choice % 20)).then(() => true), 60_000, 300);
      if ((await listParked(system.broker.directUrl())).length > 0)
        await eventually(() => discardOldest(system.clientUrl()).then(() => true), 60_000, 300);
    }),
};

export const MESSAGE_FAULTS: readonly Fault[] = [duplicates, reordered, veryOld, poison, operator];
