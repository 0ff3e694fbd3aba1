import type { ChaosSystem } from './chaos-system.ts';
import type { DrawnFault, Step } from './schedule.ts';

/** Something that goes wrong, and is over when `run` resolves: what was killed runs again, what was held goes on. */
export interface Fault extends DrawnFault {
  /** What the broker knew is gone: only `reconcile` brings it back, so the run must have it on. */
  readonly wipes?: boolean;
  /** Only on a cluster, or only on a single node; default both. */
  readonly broker?: 'rabbitmq' | 'cluster';
  run(system: ChaosSystem, step: Step): Promise<void>;
}

/** One of these, by what was drawn. */
export function choose<T>(choices: readonly T[], { choice }: Step): T {
  const chosen = choices[choice % choices.length];
  if (chosen === undefined) throw new Error('expected at least one choice, got none');
  return chosen;
}
