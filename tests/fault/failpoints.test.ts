import { describe, expect, it } from '@jest/globals';
import { FAILPOINTS } from '../support/chaos/failpoints.ts';
import { startSmallSystem } from '../support/chaos/small-system.ts';
import { visitFailpoints } from '../support/chaos/visit-failpoints.ts';

describe('a service that is killed at a named point between two steps', () => {
  it('has 66 of them', () => {
    expect(FAILPOINTS.users.length + FAILPOINTS.payments.length).toBe(66);
  });

  // Both at the same time, each in a system of its own: most of it is the starts of processes.
  it.concurrent.each(['users', 'payments'] as const)(
    'dies at every point that %s has, and nothing is lost, doubled or missed',
    async (service) => {
      await using system = await startSmallSystem();
      await system.subscribe();

      expect(await visitFailpoints(service, system)).toEqual({ survived: [], notVisited: [] });
      expect(Object.fromEntries(await system.findBroken(60_000))).toEqual({});
    },
    900_000,
  );
});
