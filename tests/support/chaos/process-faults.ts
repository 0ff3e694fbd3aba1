import { pause } from '../../../platform/foundation/backoff.ts';
import type { ChaosProcess, ServiceKind } from './chaos-process.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { killPostgres } from './database-faults.ts';
import { FAILPOINTS, killAt } from './failpoints.ts';
import { choose, type Fault } from './fault.ts';

const KINDS: readonly ServiceKind[] = ['users', 'payments', 'gateway'];
const HOUR_MS = 3_600_000;

const killAll = async (system: ChaosSystem, processes: readonly ChaosProcess[], forMs: number): Promise<void> => {
  await Promise.all(processes.map((process) => process.kill()));
  await pause(forMs);
  await Promise.all(processes.map((process) => system.revive(process)));
};

const killOne = (kind: ServiceKind): Fault => ({
  name: `kill ${kind}`,
  lastsMs: [0, 1_500],
  run: (system, step) => killAll(system, [choose(system.replicas[kind], step)], step.forMs),
});

const killBoth = (kind: ServiceKind): Fault => ({
  name: `kill both ${kind}`,
  lastsMs: [0, 2_500],
  run: (system, step) => killAll(system, system.replicas[kind], step.forMs),
});

const killEverything: Fault = {
  name: 'kill everything',
  lastsMs: [0, 1_000],
  async run(system, { forMs }) {
    await system.inTurn('broker', async () => {
      await Promise.all([...system.processes.map((process) => process.kill()), ...system.broker.nodes.map((node) => node.kill('SIGKILL'))]);
      await Promise.all(Object.values(system.postgres).map(killPostgres)); // its supervisor starts it again
      await pause(forMs);
      await Promise.all(system.broker.nodes.map((node) => node.start()));
    });
    await Promise.all(system.processes.map((process) => system.revive(process)));
  },
};

/** A zombie: it wakes up believing that it still owns what it had. */
const freeze = (kind: ServiceKind): Fault => ({
  name: `freeze ${kind}`,
  lastsMs: [1_000, 8_000],
  async run(system, step) {
    const process = choose(system.replicas[kind], step);
    process.freeze(true);
    await pause(step.forMs);
    process.freeze(false);
  },
});

/** Longer than every heartbeat and timeout: all that it had was given to others meanwhile. */
const freezeLong = (kind: ServiceKind): Fault => ({ ...freeze(kind), name: `freeze ${kind} for half a minute`, lastsMs: [30_000, 30_000] });

/** The process kills itself where it was told, as soon as it comes there. */
const failpoint = (kind: 'users' | 'payments'): Fault => ({
  name: `failpoint in ${kind}`,
  lastsMs: [1_500, 4_000],
  async run(system, step) {
    const process = choose(system.replicas[kind], step);
    const point = FAILPOINTS[kind][Math.floor(step.choice / 2) % FAILPOINTS[kind].length] ?? '';
    process.arm(killAt(point, 1 + (step.choice % 3)));
    await process.untilExit(step.forMs).catch(() => process.tell({ kind: 'disarm' })); // nobody came by
    await system.revive(process);
  },
});

const clock = (name: string, offsetsMs: readonly number[]): Fault => ({
  name,
  lastsMs: [2_000, 6_000],
  async run(system, step) {
    const process = choose(system.replicas[choose(KINDS, step)], { ...step, choice: Math.floor(step.choice / 3) });
    for (const offsetMs of offsetsMs) {
      process.tell({ kind: 'clock', offsetMs });
      await pause(step.forMs / offsetsMs.length);
    }
    process.tell({ kind: 'clock', offsetMs: 0 });
  },
});

export const PROCESS_FAULTS: readonly Fault[] = [
  ...KINDS.map(killOne),
  ...KINDS.map(killBoth),
  killEverything,
  ...KINDS.map(freeze),
  ...KINDS.map(freezeLong),
  failpoint('users'),
  failpoint('payments'),
  clock('clock an hour ahead', [HOUR_MS]),
  clock('clock an hour behind', [-HOUR_MS]),
  clock('clock stepping back', [60_000, 0, -60_000, -120_000]),
];
