import { eventually } from '../eventually.ts';
import type { Defect } from './defects.ts';
import { killAt } from './failpoints.ts';
import type { SmallSystem } from './small-system.ts';
import { listOutcomes } from './sql-invariants.ts';

export interface ControlScenario {
  /** Payments replicas that it wants. */
  readonly replicas: 1 | 2;
  /** A rule that is broken with the defect. */
  readonly breaks: string;
  /** Leaves everything running, and to be judged. */
  readonly run: (system: SmallSystem) => Promise<void>;
}

/** How long to wait for what only happens with a defect. */
const DEFECT_MS = 1_500;

const STREAMS = 'a subscriber that resumes sees every outcome once, in order';

/** The smallest story in which each defect does harm. */
export const CONTROL_SCENARIOS: Readonly<Record<Defect, ControlScenario>> = {
  'ack before commit': {
    replicas: 1,
    breaks: 'every accepted payment has an outcome',
    async run({ payments: [payments], pay }) {
      payments.arm({ point: 'process: before', visit: 1, action: { kind: 'kill', afterMs: 100 } }); // what was acknowledged has left by then
      await pay();
      await payments.untilExit();
      await payments.start();
    },
  },
  'publish before commit': {
    replicas: 1,
    breaks: 'no outcome without an accepted payment',
    async run({ users, pay }) {
      users.arm(killAt('pay: open'));
      await pay();
      await users.untilExit();
      await users.start();
    },
  },
  'no de-duplication by payment id': {
    replicas: 1,
    breaks: 'a payment has one outcome',
    async run({ payments: [payments], pay }) {
      payments.arm(killAt('ack request: before'));
      await pay();
      await payments.untilExit();
      await payments.start();
    },
  },
  'credit back not idempotent': {
    replicas: 1,
    breaks: 'opening balances and deposits = balances and debits that were not credited back',
    async run({ users, pay }) {
      users.arm(killAt('ack outcome: before'));
      await pay('10000.01');
      await users.untilExit();
      await users.start();
    },
  },
  'confirm not awaited': {
    replicas: 1,
    breaks: 'every accepted payment has an outcome',
    async run({ users, usersToBroker, databases, pay }) {
      usersToBroker.hold(true);
      const { ids } = await pay();
      const isMarked = async (): Promise<boolean> => {
        const { rows } = await databases.users.query('select from outbox where id = any($1) and published_at is not null', [[...ids]]);
        return rows.length > 0;
      };
      await eventually(isMarked, DEFECT_MS).catch(() => undefined);
      usersToBroker.reset();
      await users.kill();
      usersToBroker.hold(false);
      await users.start();
    },
  },
  'resume after the boundary': {
    replicas: 1,
    breaks: STREAMS,
    async run({ pay, placeNow, subscribe, databases }) {
      const place = await placeNow();
      await pay();
      await pay();
      const isLogged = async (): Promise<boolean> => (await listOutcomes(databases.payments)).length >= Number(place.position) + 2;
      await eventually(isLogged);
      await subscribe(place);
    },
  },
  'cursor from an identity column': {
    replicas: 2,
    breaks: STREAMS,
    run: (system) => overtake(system, 'process: open'),
  },
  'relay without the advisory lock': {
    replicas: 2,
    breaks: STREAMS,
    run: (system) => overtake(system, 'give positions: open'),
  },
};

/** One replica is held within a transaction, another has time to commit what came later, then the first one commits. */
async function overtake({ defect, payments: [slow], pay, subscribe }: SmallSystem, point: string): Promise<void> {
  const subscriber = await subscribe();
  await pay(); // a place that is missing before the first event there is would be taken for one that is not kept any more
  await eventually(() => subscriber.events.length > 0);
  slow.arm({ point, visit: 1, action: { kind: 'hold' } });
  const isHeld = (): Promise<boolean> =>
    slow.untilReached(point, 300).then(
      () => true,
      () => false,
    );
  do await pay();
  while (!(await isHeld())); // RabbitMQ deals messages out in turn
  const seen = subscriber.events.length;
  const most = defect === undefined ? 4 : 20; // it overtakes in the first second or two, unless the machine has other things to do
  for (let tries = 0; tries < most && subscriber.events.length === seen; tries += 1) {
    await pay();
    await eventually(() => subscriber.events.length > seen, DEFECT_MS).catch(() => undefined);
  }
  slow.tell({ kind: 'release', point });
}
