import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startChaosRabbitmq } from '../support/chaos/chaos-broker.ts';
import { startChaosSystem, type ChaosSystem } from '../support/chaos/chaos-system.ts';
import { chooseFaults } from '../support/chaos/faults.ts';
import { describeVerdicts, runChaos } from '../support/chaos/run-chaos.ts';
import { drawSchedule } from '../support/chaos/schedule.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

const SEED = Number(process.env.FAULT_SEED ?? 20_261_127);
const GAP_MS = 1_200;
const LONGEST_MS = 3_000;

/** Some of every kind. The others, such as the death of everything, and what wipes the broker, freezes for half a minute or needs a cluster, are for `npm run chaos`. */
const FAULTS = chooseFaults('rabbitmq', [
  'kill users',
  'kill payments',
  'kill gateway',
  'kill both users',
  'kill both payments',
  'kill the broker',
  'kill the payments database',
  'freeze users',
  'failpoint in payments',
  'clock stepping back',
  'queue full',
  'terminate database connections',
  'serialization failures',
  'deadlocks',
  'network: reset',
  'network: hold one way',
  'network: cut after some bytes',
  'messages',
  'clients vanish before the answer',
  'the same key fifty times at once',
  'subscribers stop reading',
]);

describe('two replicas of everything', () => {
  let system: ChaosSystem;
  beforeAll(async () => {
    system = await startChaosSystem({ startBroker: startChaosRabbitmq, reconcileAfterMs: 3_600_000, nodeOptions: SHORT_LIVED_NODE });
  }, 400_000);
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
  }, 60_000);

  it('lose no payment, double none and miss no event, whatever fails', async () => {
    const forMs = GAP_MS * FAULTS.length;
    const drawn = drawSchedule({ seed: SEED, forMs, faults: FAULTS, gapMs: [GAP_MS, GAP_MS] });
    const steps = drawn.map((step) => ({ ...step, forMs: Math.min(step.forMs, LONGEST_MS) }));

    const log: string[] = [];
    const report = await runChaos(system, {
      seed: SEED,
      steps,
      faults: FAULTS,
      forMs,
      quietWithinMs: 120_000,
      tell: (line) => log.push(line),
    });

    if (report.broken.size > 0) throw new Error(`seed ${SEED}\n${log.join('\n')}\n${describeVerdicts(report)}`);
    expect(report.failures).toEqual([]);
    expect([...report.produced.keys()].sort()).toEqual(FAULTS.map(({ name }) => name).sort());
    expect(report.counts['accepted']).toBeGreaterThan(50);
    expect(report.counts['reconnections of subscribers']).toBeGreaterThan(0);
  }, 600_000);
});
