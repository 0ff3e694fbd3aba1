import { pause } from '../../../platform/foundation/backoff.ts';
import { toMessage } from '../../../platform/foundation/errors.ts';
import { runCarefulClient } from './chaos-clients.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { checkFromOutside } from './check-from-outside.ts';
import { checkForLeaks } from './check-for-leaks.ts';
import type { Fault } from './fault.ts';
import { QUEUE_SETTLING_MS } from './queues.ts';
import { probeRecovery, type Recovery } from './probe-recovery.ts';
import { formatTime, type Step } from './schedule.ts';
import { findBrokenAtTheEnd, findBrokenNow, RULES } from './verdicts.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
  /** How long faults may begin. */
  readonly forMs: number;
  readonly clients?: number;
  /** Between two wishes of a client. */
  readonly pauseMs?: readonly [number, number];
  /** How long it may take until nothing moves any more. */
  readonly quietWithinMs: number;
  /** One line for each thing that happens. */
  readonly tell: (line: string) => void;
}

export interface ChaosReport {
  /** Rules that were broken, with how and when; empty: all held. */
  readonly broken: ReadonlyMap<string, string>;
  readonly counts: Readonly<Record<string, number>>;
  /** How often each fault was produced; one that could not be is not in it. */
  readonly produced: ReadonlyMap<string, number>;
  /** Faults that could not be produced, with why. */
  readonly failures: readonly string[];
  /** How long it took after each kill, by the fault's name. */
  readonly recoveries: ReadonlyMap<string, readonly Recovery[]>;
  /** Failpoints that were passed, `users: pay: before`. */
  readonly visited: ReadonlySet<string>;
}

const CHECK_EVERY_MS = 4_000;

/** Lets clients pay while the faults of the schedule happen, looks all the while, and judges when it is quiet. */
export async function runChaos(system: ChaosSystem, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, steps, faults, forMs, clients = 8, pauseMs = [150, 1_200], quietWithinMs, tell } = options;
  const startedAt = Date.now() + QUEUE_SETTLING_MS;
  const now = (): string => formatTime(Math.max(0, Date.now() - startedAt));
  const produced = new Map<string, number>();
  const recoveries = new Map<string, Recovery[]>();
  const failures: string[] = [];
  let checks = 0;

  const look = async (): Promise<void> => {
    while (!system.over.signal.aborted) {
      await pause(CHECK_EVERY_MS, system.over.signal);
      const broken = await findBrokenNow(system.observed).catch(() => undefined); // a database is away
      if (broken) checks += 1;
      for (const [rule, what] of broken ?? []) system.report(rule, `at ${now()}: ${what}`);
    }
  };
  const runStep = async (step: Step): Promise<void> => {
    const fault = faults.find(({ name }) => name === step.fault);
    if (!fault) return;
    tell(`${now()}  ${step.fault}`);
    const probing = step.fault.startsWith('kill ') ? probe(step.fault) : undefined;
    try {
      await Promise.all([fault.run(system, step), probing]);
      produced.set(fault.name, (produced.get(fault.name) ?? 0) + 1);
    } catch (error) {
      failures.push(`${now()}  ${step.fault}: ${toMessage(error)}`);
      tell(`${now()}  ${step.fault} could not be produced: ${toMessage(error)}`);
    }
  };

  const probe = async (name: string): Promise<void> => {
    const recovery = await probeRecovery(system);
    if (recovery) recoveries.set(name, [...(recoveries.get(name) ?? []), recovery]);
  };

  const paying = Array.from({ length: clients }, (_, index) =>
    runCarefulClient({
      url: system.clientUrl,
      attempts: system.attempts,
      deposits: system.deposits,
      richIds: system.richIds,
      poorId: system.poorId,
      signal: system.over.signal,
      seed: seed * 1_000 + index,
      pauseMs,
    }),
  );
  const looking = look();
  const running: Promise<void>[] = [];
  for (const step of steps) {
    await pause(startedAt + step.atMs - Date.now());
    running.push(runStep(step));
  }
  await pause(startedAt + forMs - Date.now());
  system.calm.abort();
  await Promise.all(running);
  for (const process of system.processes) await system.revive(process);
  tell(`${now()}  the faults are over`);
  system.over.abort();
  await Promise.all([...paying, looking]);

  const quietFrom = Date.now();
  const broken = new Map(system.reported);
  for (const [rule, what] of await findBrokenAtTheEnd(system.observed, quietWithinMs)) broken.set(rule, what);
  for (const [rule, what] of await checkFromOutside(system)) broken.set(rule, what);
  for (const [rule, what] of await checkForLeaks(system)) broken.set(rule, what);
  tell(`${now()}  quiet and judged after ${((Date.now() - quietFrom) / 1000).toFixed(1)} s`);

  const count = (outcome: string): number => system.attempts.filter((attempt) => attempt.outcome === outcome).length;
  return {
    broken,
    produced,
    recoveries,
    failures,
    visited: new Set(system.processes.flatMap(({ kind, visited }) => [...visited].map((point) => `${kind}: ${point}`))),
    counts: {
      payments: system.attempts.length,
      accepted: count('accepted'),
      refused: count('refused'),
      'without an answer': count('unknown'),
      deposits: system.deposits.filter(({ outcome }) => outcome === 'done').length,
      'starts of processes': system.processes.reduce((sum, { lives }) => sum + lives, 0),
      'events at subscribers': system.subscribers.reduce((sum, { subscriber }) => sum + subscriber.events.length, 0),
      'reconnections of subscribers': system.subscribers.reduce((sum, { subscriber }) => sum + subscriber.resumed, 0),
      'poison messages': system.poison.length,
      'checks meanwhile': checks,
    },
  };
}

/** A verdict for each rule, one line each. */
export function describeVerdicts({ broken }: ChaosReport): string {
  return RULES.map((rule) => (broken.has(rule) ? `BROKEN  ${rule}: ${broken.get(rule)}` : `held    ${rule}`)).join('\n');
}
