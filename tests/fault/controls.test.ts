import { describe, expect, it } from '@jest/globals';
import { CONTROL_SCENARIOS } from '../support/chaos/control-scenarios.ts';
import { DEFECTS } from '../support/chaos/defects.ts';
import { startSmallSystem } from '../support/chaos/small-system.ts';
import { eventually } from '../support/eventually.ts';

/** Which of them are in what the services ask the database: then a statement must have been rewritten, or nothing was tried. */
const REWRITTEN = new Set(['no de-duplication by payment id', 'credit back not idempotent', 'resume after the boundary']);

// Some at a time, each in a system of its own: most of it is waiting for processes.
describe('the fault suite', () => {
  it.concurrent.each(DEFECTS)(
    'catches: %s',
    async (defect) => {
      await using system = await startSmallSystem(defect);
      const { replicas, breaks, run } = CONTROL_SCENARIOS[defect];
      await system.useReplicas(replicas);

      await run(system);

      // What the defect does wrong may take a while to come about.
      await eventually(async () => (await system.findBroken(1_500)).has(breaks), 30_000);
      expect([system.users, ...system.payments].some(({ rewritten }) => rewritten)).toBe(REWRITTEN.has(defect));
    },
    240_000,
  );

  it.concurrent('finds nothing in the same stories without the defects', async () => {
    await using system = await startSmallSystem();
    const found: Record<string, object> = {};
    for (const defect of DEFECTS) {
      const { replicas, run } = CONTROL_SCENARIOS[defect];
      await system.useReplicas(replicas);

      await run(system);

      const broken = await system.findBroken(60_000);
      if (broken.size > 0) found[defect] = Object.fromEntries(broken);
    }
    expect(found).toEqual({});
  }, 400_000);
});
