import { randomUUID } from 'node:crypto';
import { ask } from '../graphql-client.ts';
import { COMMANDS_EXCHANGE, EVENTS_EXCHANGE } from '../../../subgraphs/payment-topology.ts';
import { PAYMENT_PROCESSED, PAYMENT_REQUESTED } from '../../../subgraphs/payment-messages.ts';
import { eventually } from '../eventually.ts';
import { publishAsStranger } from './message-faults.ts';
import { discardOldest, redrive } from './operator.ts';
import { createPoison } from './poison.ts';
import { listParked } from './queues.ts';
import type { SmallSystem } from './small-system.ts';

/** What leads a service to a failpoint, by how the point's name begins; a payment that is processed for all others. */
export async function leadTo(service: 'users' | 'payments', point: string, system: SmallSystem): Promise<void> {
  const trigger = TRIGGERS.find(([of, beginning]) => of === service && point.startsWith(beginning))?.[2];
  if (trigger) await trigger(system);
  else await system.pay();
}

const TRIGGERS: readonly (readonly ['users' | 'payments', string, (system: SmallSystem) => Promise<unknown>])[] = [
  ['users', 'deposit', (system) => system.deposit()],
  ['users', 'refuse', (system) => system.pay('9000000.00', randomUUID())],
  ['users', 'credit back', (system) => system.pay('10000.01')],
  ['users', 'republish', makeDue],
  ['users', 'park outcome', (system) => publishPoison(system, 'users')],
  ['users', 'remove published', makeOld],
  ['payments', 'park request', (system) => publishPoison(system, 'payments')],
  ['payments', 'republish', publishAgain],
  ['payments', 'retry request', failOnce],
  ['payments', 'discard', (system) => withParked(system, discardOldest)],
  ['payments', 'send back', (system) => withParked(system, (url) => redrive(url, 1))],
];

/** A payment without an outcome for so long that users asks again. */
async function makeDue(system: SmallSystem): Promise<void> {
  await ask(system.payments[0].url, 'mutation { pauseProcessing { paused } }');
  try {
    await system.pay();
    await system.databases.users.query(`update payment_requests set republish_at = now() where status = 'PENDING'`);
    await system.users.untilExit(6_000).catch(() => undefined);
  } finally {
    await ask(system.payments[0].url, 'mutation { resumeProcessing { paused } }');
  }
}

/** A request that was handled comes again. */
async function publishAgain(system: SmallSystem): Promise<void> {
  const { rows } = await system.databases.users.query<{ id: string; event: object }>(
    `select outbox.id::text, event from outbox join payment_requests on payment_requests.id = outbox.id where status <> 'PENDING' limit 1`,
  );
  const [known] = rows;
  if (!known) return void (await system.pay());
  await publishAsStranger(system.brokerUrl, [
    { exchange: COMMANDS_EXCHANGE, routingKey: PAYMENT_REQUESTED, body: Buffer.from(JSON.stringify(known.event)), messageId: known.id },
  ]);
}

async function publishPoison(system: SmallSystem, to: 'users' | 'payments'): Promise<void> {
  const [message] = createPoison().filter((kind) => kind.to === to);
  if (!message) return;
  system.poison.push(message);
  const [exchange, routingKey] = to === 'users' ? [EVENTS_EXCHANGE, PAYMENT_PROCESSED] : [COMMANDS_EXCHANGE, PAYMENT_REQUESTED];
  await publishAsStranger(system.brokerUrl, [{ exchange, routingKey, body: message.body, messageId: message.messageId }]);
}

/** A bug that is there for a moment, as far as the consumer can tell: the message goes to a retry queue. */
async function failOnce(system: SmallSystem): Promise<void> {
  const [payments] = system.payments;
  payments.tell({ kind: 'fail statements', code: 'XX000', share: 1, seed: 1 });
  await system.pay();
  await payments.untilExit(3_000).catch(() => undefined);
  payments.tell({ kind: 'fail statements', code: 'XX000', share: 0, seed: 1 });
}

/** Requests that were published so long ago that they need not be kept. */
async function makeOld(system: SmallSystem): Promise<void> {
  await system.pay();
  await system.pay(); // the newest always stays
  await system.databases.users.query(`update outbox set created_at = now() - interval '1 year'`);
}

/** Something that is set aside, and an operator who does something with it, who gets no answer from a process that dies of it. */
async function withParked(system: SmallSystem, work: (url: string) => Promise<void>): Promise<void> {
  const isParked = async (): Promise<boolean> => (await listParked(system.brokerUrl)).length > 0;
  if (!(await isParked())) {
    await publishPoison(system, 'payments');
    await eventually(isParked, 10_000);
  }
  await work(system.payments[0].url).catch(() => undefined);
}
