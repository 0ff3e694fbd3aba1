import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTROL_SCENARIOS } from '../support/chaos/control-scenarios.ts';
import { DEFECTS } from '../support/chaos/defects.ts';
import { startSmallSystem, type SmallSystem } from '../support/chaos/small-system.ts';

/** Which of them are in what the services ask the database: then a statement must have been rewritten, or nothing was tried. */
const REWRITTEN = new Set(['no de-duplication by payment id', 'credit back not idempotent', 'resume after the boundary']);

describe('the fault suite', () => {
  it.each(DEFECTS)('catches: %s', async (defect) => {
    await using system = await startSmallSystem(defect);
    const { replicas, breaks, run } = CONTROL_SCENARIOS[defect];
    await system.useReplicas(replicas);

    await run(system);

    expect([...(await system.findBroken(1_500)).keys()]).toContain(breaks);
    expect([system.users, ...system.payments].some(({ rewritten }) => rewritten)).toBe(REWRITTEN.has(defect));
  });

  describe('finds nothing in the same stories', () => {
    let system: SmallSystem;
    beforeAll(async () => {
      system = await startSmallSystem();
    });
    afterAll(async () => {
      await system[Symbol.asyncDispose]();
    });

    it.each(DEFECTS)('without: %s', async (defect) => {
      const { replicas, run } = CONTROL_SCENARIOS[defect];
      await system.useReplicas(replicas);

      await run(system);

      expect(Object.fromEntries(await system.findBroken(20_000))).toEqual({});
    });
  });
});
