import { startChaosCluster } from '../tests/support/chaos/chaos-cluster.ts';
import { startChaosRabbitmq } from '../tests/support/chaos/chaos-broker.ts';
import { startChaosSystem } from '../tests/support/chaos/chaos-system.ts';
import { FAILPOINTS } from '../tests/support/chaos/failpoints.ts';
import type { Fault } from '../tests/support/chaos/fault.ts';
import { chooseFaults, FAULTS } from '../tests/support/chaos/faults.ts';
import { describeVerdicts, runChaos } from '../tests/support/chaos/run-chaos.ts';
import { describeRecoveries } from '../tests/support/chaos/probe-recovery.ts';
import { describeSchedule, drawSchedule } from '../tests/support/chaos/schedule.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run chaos -- [--seed N] [--minutes M] [--faults LIST] [--except LIST] [--broker rabbitmq|cluster] [--mixed] [--plan]

Two replicas of users, payments and gateway as processes, a RabbitMQ and a PostgreSQL for each service, all private; clients pay and subscribers listen while
faults happen, and everything that must hold is looked at all the while and at the end, when it is quiet. The same seed draws the same schedule.

  --seed N       draws the schedule and what clients want     default 1
  --minutes M    how long faults happen                        default 2
  --faults LIST  only these, separated by commas; the beginning of a name is enough: 'kill,network'
  --except LIST  without these: 'wipe,delete a queue,queue with old' leaves out what only reconciliation heals, and reconciliation with it
  --broker B     rabbitmq: one node; cluster: three            default rabbitmq
  --mixed        mixtures from the beginning; otherwise the first round has each fault alone
  --plan         only print the schedule

Exit codes: 0 everything held, 1 something did not, 2 a wrong command line.

Faults:
${FAULTS.map(({ name, broker }) => `  ${name}${broker ? ` (--broker ${broker})` : ''}`).join('\n')}
`;

const { values } = readCommandLine(HELP, {
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '2' },
    faults: { type: 'string' },
    except: { type: 'string' },
    broker: { type: 'string', default: 'rabbitmq' },
    mixed: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
  },
});
const seed = toNumber('seed', values.seed);
const forMs = toNumber('minutes', values.minutes) * 60_000;
const kind = values.broker === 'rabbitmq' || values.broker === 'cluster' ? values.broker : refuse('--broker takes rabbitmq or cluster');
const left = values.except === undefined ? [] : chosen('except', values.except);
const faults = (values.faults === undefined ? chooseFaults(kind) : chosen('faults', values.faults)).filter(
  (fault) => !left.includes(fault),
);
if (faults.length === 0) refuse('--except leaves no fault');
const steps = drawSchedule({ seed, forMs, faults, gapMs: [1_000, 8_000], aloneFirst: !values.mixed });

say(`seed ${seed}, ${faults.length} kinds of faults, ${steps.length} steps:\n${describeSchedule(steps)}\n`);
if (!values.plan) process.exit(await run());

function chosen(option: string, list: string): Fault[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => name === '' || chooseFaults(kind, [name]).length === 0);
  if (unknown !== undefined) refuse(`--${option}: with --broker ${kind} no fault begins with '${unknown}'`);
  return chooseFaults(kind, names);
}

async function run(): Promise<number> {
  say('starting the servers and six processes …');
  await using system = await startChaosSystem({
    startBroker: kind === 'cluster' ? startChaosCluster : startChaosRabbitmq,
    // Only what wipes the broker needs it, and it would hide what messaging loses.
    reconcileAfterMs: faults.some(({ wipes }) => wipes) ? 5_000 : 3_600_000,
  });
  const report = await runChaos(system, { seed, steps, faults, forMs, quietWithinMs: 180_000, tell: say });

  say(`\nfaults produced:\n${[...report.produced].map(([name, count]) => `  ${String(count).padStart(4)}  ${name}`).join('\n')}`);
  if (report.failures.length > 0) say(`\nnot produced:\n  ${report.failures.join('\n  ')}`);
  say(
    `\n${Object.entries(report.counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
  );
  if (report.recoveries.size > 0) say(`\nrecovery:\n${describeRecoveries(report.recoveries)}\n`);
  const points = Object.entries(FAILPOINTS).flatMap(([service, names]) => names.map((name) => `${service}: ${name}`));
  const missed = points.filter((point) => !report.visited.has(point) && !point.endsWith(': open')); // `open` is passed only when it is armed
  say(
    `${points.length - missed.length} of ${points.length} failpoints were passed${missed.length > 0 ? `; not: ${missed.join(', ')}` : ''}`,
  );
  say(`\nseed ${seed}\n${describeVerdicts(report)}`);
  return report.broken.size === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function toNumber(option: string, text: string): number {
  const number = Number(text);
  return text.trim() !== '' && number >= 0 ? number : refuse(`--${option} takes a number, not '${text}'`);
}
