import { eventually } from '../eventually.ts';
import { createAttempt, payCarefullyNow } from './chaos-clients.ts';
import type { ChaosSystem } from './chaos-system.ts';

export interface Recovery {
  /** From the fault until a payment that was asked for at that moment was accepted, retries included. */
  readonly acceptedMs: number;
  /** From the fault until a subscriber saw the outcome of that payment. */
  readonly outcomeMs: number;
}

/** It takes as long as the outage, and on a busy machine the restart of a process alone takes a minute. */
const WITHIN_MS = 180_000;

/** One payment that begins when something dies. @returns undefined when the faults were over before it had an outcome */
export async function probeRecovery(system: ChaosSystem): Promise<Recovery | undefined> {
  const [userId] = system.richIds;
  const [watched] = system.subscribers;
  if (userId === undefined || !watched) return undefined;
  const startedAt = performance.now();
  const attempt = createAttempt(userId, true);
  system.attempts.push(attempt);
  await payCarefullyNow(system.clientUrl, attempt, '1.00', system.over.signal);
  const acceptedMs = performance.now() - startedAt;
  const [id] = attempt.ids;
  if (id === undefined) return undefined;

  let looked = 0;
  const isSeen = (): boolean => {
    const fresh = watched.subscriber.events.slice(looked);
    looked += fresh.length;
    return fresh.some(({ payment }) => payment.id === id);
  };
  const seen = await eventually(isSeen, WITHIN_MS, 5).catch(() => false);
  return seen ? { acceptedMs, outcomeMs: performance.now() - startedAt } : undefined;
}

/** One line for each fault that something died of: the median and the longest of its probes. */
export function describeRecoveries(recoveries: ReadonlyMap<string, readonly Recovery[]>): string {
  return [...recoveries]
    .map(([fault, probes]) => {
      const inMs = (of: keyof Recovery): string => {
        const sorted = probes.map((probe) => probe[of]).sort((a, b) => a - b);
        return `${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(0)} ms (longest ${(sorted.at(-1) ?? 0).toFixed(0)})`;
      };
      return `${fault}: accepted after ${inMs('acceptedMs')}, outcome seen after ${inMs('outcomeMs')}, ${probes.length} times`;
    })
    .join('\n');
}
