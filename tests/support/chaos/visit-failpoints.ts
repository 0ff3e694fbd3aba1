import { FAILPOINTS, killAt } from './failpoints.ts';
import { leadTo } from './failpoint-triggers.ts';
import type { SmallSystem } from './small-system.ts';

/** So often is a process led to its point: other work may take it past, and a busy machine may need longer than one try waits. */
const TRIES = 5;
const TRY_MS = 6_000;

/**
 * Starts the service again and again, each time with its next point armed, and leads it there.
 * @returns the points at which it did not die, and those that no life of it passed; both empty when all went as it was told
 */
export async function visitFailpoints(
  service: 'users' | 'payments',
  system: SmallSystem,
): Promise<{ readonly survived: readonly string[]; readonly notVisited: readonly string[] }> {
  const process = service === 'users' ? system.users : system.payments[0];
  const survived: string[] = [];
  for (const point of FAILPOINTS[service]) {
    process.arm(killAt(point));
    for (let tries = 0; tries < TRIES && process.running; tries += 1) {
      await leadTo(service, point, system);
      await process.untilExit(TRY_MS).catch(() => undefined);
    }
    const died =
      !process.running &&
      (await process.untilReached(point, 5_000).then(
        () => true,
        () => false,
      )); // of this, and of nothing else
    if (!died) survived.push(point);
    process.tell({ kind: 'disarm' });
    await process.start();
  }
  return { survived, notVisited: FAILPOINTS[service].filter((point) => !process.visited.has(point)) };
}
