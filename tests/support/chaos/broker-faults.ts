import { pause } from '../../../platform/foundation/backoff.ts';
import { toMessage } from '../../../platform/foundation/errors.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../../subgraphs/payment-topology.ts';
import { eventually } from '../eventually.ts';
import type { ChaosNode } from './chaos-broker.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { choose, type Fault } from './fault.ts';
import { countWaiting, haveAllQueues, QUEUE_SETTLING_MS, withChannel } from './queues.ts';
import { findUnparked, PARKED } from './verdicts.ts';

/** Nobody else changes the broker meanwhile; what was wiped is there again, and old enough to be killed. */
const atBroker = (fault: Omit<Fault, 'run'>, run: Fault['run']): Fault => ({
  ...fault,
  run: (system, step) =>
    system.inTurn('broker', async () => {
      await run(system, step);
      if (!fault.wipes) return;
      await eventually(() => haveAllQueues(system.broker.directUrl()), 120_000, 500);
      await pause(QUEUE_SETTLING_MS);
    }),
});

const first = ({ broker }: ChaosSystem) => {
  const node = broker.nodes[0];
  if (!node) throw new Error('a broker has at least one node');
  return node;
};

/** rabbitmqctl starts an Erlang of its own, which can take longer than its time on a busy machine; what it is asked here may be asked twice. */
const control = async (system: ChaosSystem, ...args: string[]): Promise<void> => {
  await eventually(
    async () => {
      await first(system).control(...args);
      return true;
    },
    CONTROL_WITHIN_MS,
    500,
  );
};
const CONTROL_WITHIN_MS = 240_000;

const kill = atBroker({ name: 'kill the broker', lastsMs: [0, 2_000], broker: 'rabbitmq' }, async (system, { forMs }) => {
  await first(system).kill('SIGKILL');
  await pause(forMs);
  await first(system).start();
});

/** What was set aside goes too, so it is judged before. */
const wipe = atBroker({ name: 'wipe the broker', lastsMs: [0, 0], wipes: true, broker: 'rabbitmq' }, async (system) => {
  await judgePoison(system);
  system.poison.length = 0;
  await system.broker.wipe();
});

/** Before messages are lost on purpose: those that nobody can handle must have been set aside by now, or soon. */
async function judgePoison({ observed, report }: ChaosSystem): Promise<void> {
  let missing = 'the parking queues cannot be read';
  const isParked = async (): Promise<boolean> => (missing = await findUnparked(observed)) === '';
  await eventually(isParked, 180_000, 500).catch(async (error: unknown) => {
    const waiting = await countWaiting(observed.brokerUrl()).catch(toMessage);
    report(
      PARKED,
      `before messages were lost on purpose, at ${new Date().toISOString()}: ${missing} (${toMessage(error)}; waiting: ${JSON.stringify(waiting)})`,
    );
  });
}

const memoryAlarm = atBroker({ name: 'memory alarm', lastsMs: [2_000, 6_000] }, async (system, { forMs }) => {
  await control(system, 'set_vm_memory_high_watermark', 'absolute', '1MB');
  await pause(forMs);
  await control(system, 'set_vm_memory_high_watermark', 'absolute', '1GB');
});

const diskAlarm = atBroker({ name: 'disk alarm', lastsMs: [2_000, 6_000] }, async (system, { forMs }) => {
  await control(system, 'set_disk_free_limit', '100000GB');
  await pause(forMs);
  await control(system, 'set_disk_free_limit', '50MB');
});

/** A policy that lets next to nothing in; the queue refuses with nacks. */
const queueFull = atBroker({ name: 'queue full', lastsMs: [2_000, 5_000] }, async (system, { forMs }) => {
  const policy = JSON.stringify({ 'max-length': 1, overflow: 'reject-publish' });
  await control(system, 'set_policy', 'full', '^(payments.requested|users.payment-outcomes)$', policy, '--apply-to', 'queues');
  await pause(forMs);
  await control(system, 'clear_policy', 'full');
});

/** The server cancels the consumers, and what lay there is gone. */
const deleteQueue = atBroker({ name: 'delete a queue', lastsMs: [0, 0], wipes: true }, async (system, step) => {
  const { queue } = choose([PAYMENT_REQUESTS, PAYMENT_OUTCOMES], step);
  await judgePoison(system);
  await withChannel(system.broker.directUrl(), async (channel) => void (await channel.deleteQueue(queue)));
});

/** As an upgrade finds it: a retry queue of the same name with other arguments, 406 for whoever declares it. What lay there is gone. */
const oldArguments = atBroker({ name: 'queue with old arguments', lastsMs: [2_000, 4_000], wipes: true }, async (system, step) => {
  const { broker, replicas, revive } = system;
  const [processes, { retryQueues }] = choose(
    [[replicas.payments, PAYMENT_REQUESTS] as const, [replicas.users, PAYMENT_OUTCOMES] as const],
    step,
  );
  const name = retryQueues[2] ?? '';
  const restart = async (): Promise<void> => {
    for (const process of processes) await process.kill(); // rather than wait for its next look
    await Promise.all(processes.map(revive));
  };
  await judgePoison(system); // some of it may lie there, when a database was away
  await withChannel(broker.directUrl(), async (channel) => {
    await channel.deleteQueue(name);
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 1 } });
  });
  await restart();
  await pause(step.forMs);
  await withChannel(broker.directUrl(), async (channel) => void (await channel.deleteQueue(name)));
  await restart();
});

/** The leader of the queue that payments come through dies; then a second node, and nothing can be confirmed; then both come back. */
const loseNodes = atBroker({ name: 'lose two nodes of three', lastsMs: [1_000, 6_000], broker: 'cluster' }, async (system, step) => {
  const leader = await findLeader(system);
  const others = system.broker.nodes.filter((node) => node !== leader);
  const second = choose(others, step);
  await leader.kill('SIGKILL');
  await pause(step.forMs);
  await second.kill('SIGKILL');
  await pause(step.forMs);
  await Promise.all([leader.start(), second.start()]);
});

const loseLeader = atBroker(
  { name: 'lose the leader of three nodes', lastsMs: [1_000, 8_000], broker: 'cluster' },
  async (system, step) => {
    const leader = await findLeader(system);
    await leader.kill('SIGKILL');
    await pause(step.forMs);
    await leader.start();
  },
);

const findLeader = ({ broker }: ChaosSystem): Promise<ChaosNode> =>
  eventually(() => broker.leaderOf(PAYMENT_REQUESTS.queue), CONTROL_WITHIN_MS, 500);

export const BROKER_FAULTS: readonly Fault[] = [
  kill,
  wipe,
  memoryAlarm,
  diskAlarm,
  queueFull,
  deleteQueue,
  oldArguments,
  loseLeader,
  loseNodes,
];
