import { pause } from '../../../platform/foundation/backoff.ts';
import { ask } from '../graphql-client.ts';
import { eventually } from '../eventually.ts';
import { startResumingSubscriber, type ResumingSubscriber } from '../resuming-subscriber.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { askToPay, createAttempt, payCarefullyNow } from './chaos-clients.ts';
import { choose, type Fault } from './fault.ts';
import { positionOf } from './position-of-cursor.ts';
import { formatTime, type Step } from './schedule.ts';
import { listOutcomes } from './sql-invariants.ts';

/** They ask, and are gone before the answer; each comes back with its key. */
const vanish: Fault = {
  name: 'clients vanish before the answer',
  lastsMs: [0, 40],
  async run({ attempts, richIds, clientUrl, over }, step) {
    const payers = Array.from({ length: 20 }, async () => {
      const attempt = createAttempt(choose(richIds, step), true);
      attempts.push(attempt);
      const { userId, description, idempotencyKey } = attempt;
      const query = 'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }';
      await fetch(clientUrl(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { input: { userId, amount: '2.00', description, idempotencyKey } } }),
        signal: AbortSignal.timeout(step.forMs),
      }).catch(() => undefined);
      await payCarefullyNow(clientUrl, attempt, '2.00', over.signal);
    });
    await Promise.all(payers);
  },
};

/** One wish, asked for by fifty at once at both gateways: one payment. */
const sameKey: Fault = {
  name: 'the same key fifty times at once',
  lastsMs: [0, 0],
  async run({ attempts, richIds, replicas, clientUrl, over }, step) {
    const attempt = createAttempt(choose(richIds, step), true);
    attempts.push(attempt);
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => askToPay(replicas.gateway[index % 2]?.url ?? '', attempt, '3.00').catch(() => undefined)),
    );
    await payCarefullyNow(clientUrl, attempt, '3.00', over.signal);
  },
};

/** Nothing is read of what the gateway sends; then all of it. */
const stopReading: Fault = {
  name: 'subscribers stop reading',
  lastsMs: [1_000, 8_000],
  async run({ links }, { forMs }) {
    const proxies = links['subscribers to gateway'].flat();
    for (const proxy of proxies) proxy.hold(true, 'to client');
    await pause(forMs);
    for (const proxy of proxies) proxy.hold(false);
  },
};

/**
 * Many subscribers, and the gateway of half of them dies: they come back at the same moment, and each sees everything. Other faults may throw them back as long
 * as any begin; then they have three minutes. One crowd at a time.
 */
export const createStampede = (subscribers: number): Fault => ({
  name: 'all subscribers reconnect at once',
  lastsMs: [3_000, 6_000],
  run: (system, step) => system.inTurn('stampede', () => stampede(system, step, subscribers)),
});

async function stampede(system: ChaosSystem, step: Step, subscribers: number): Promise<void> {
  const { calm, databases, replicas, clientUrl, subscribersUrl } = system;
  const { paymentEventsCursor } = await eventually(() => ask<{ paymentEventsCursor: string }>(clientUrl(), '{ paymentEventsCursor }'));
  const position = positionOf(paymentEventsCursor);
  const crowd: ResumingSubscriber[] = Array.from({ length: subscribers }, () =>
    startResumingSubscriber(() => subscribersUrl, paymentEventsCursor, { fields: 'user { id }' }),
  );
  try {
    await pause(step.forMs);
    const gateway = choose(replicas.gateway, step);
    await gateway.kill();
    await system.revive(gateway);
    const expected = (await listOutcomes(databases.payments)).filter((outcome) => BigInt(outcome.position) > position).map(({ id }) => id);
    const late = (): ResumingSubscriber[] => crowd.filter(({ events }) => events.length < expected.length);
    await eventually(() => calm.signal.aborted || late().length === 0, Infinity, 200);
    await eventually(() => late().length === 0, 180_000, 200).catch(() =>
      system.report(STREAMS, describeLate(formatTime(step.atMs), crowd.length, late(), expected.length)),
    );
    const wrong = crowd.filter(({ events }) =>
      expected.some((id, index) => events[index] !== undefined && events[index].payment.id !== id),
    );
    if (wrong.length > 0) system.report(STREAMS, `${wrong.length} of ${subscribers} that came back at once saw something else`);
  } finally {
    await Promise.all(crowd.map((subscriber) => subscriber[Symbol.asyncDispose]()));
  }
}

/** Enough to tell who is slow from who is stuck. */
function describeLate(at: string, of: number, late: readonly ResumingSubscriber[], expected: number): string {
  const range = (values: readonly number[]): string => `${Math.min(...values)} to ${Math.max(...values)}`;
  const seen = range(late.map(({ events }) => events.length));
  const resumed = range(late.map((each) => each.resumed));
  return `${late.length} of ${of} that came back at once at ${at} miss events three minutes after the last fault began: they have ${seen} of ${expected}, and came back ${resumed} times`;
}

const STREAMS = 'a subscriber that resumes sees every outcome once, in order';

export const CLIENT_FAULTS: readonly Fault[] = [vanish, sameKey, stopReading];
