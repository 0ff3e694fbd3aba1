import { expect, it } from '@jest/globals';
import type { ChaosSystem } from '../../support/chaos/chaos-system.ts';
import { FAULTS } from '../../support/chaos/faults.ts';

it('a fault waits for a database that another fault has just killed', async () => {
  const answers: (() => object)[] = [
    () => {
      throw new Error('the database system is not yet accepting connections');
    },
    () => ({ rows: [] }),
  ];
  const database = { query: async () => answers.shift()?.() };
  const system = { databases: { users: database, payments: database } } as unknown as ChaosSystem;
  const fault = FAULTS.find(({ name }) => name === 'terminate database connections');

  await fault?.run(system, { choice: 0, forMs: 0 } as never);

  expect(answers).toEqual([]);
});
