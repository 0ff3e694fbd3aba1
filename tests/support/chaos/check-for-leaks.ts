import { readdir, readFile } from 'node:fs/promises';
import { toMessage } from '../../../platform/foundation/errors.ts';
import { eventually } from '../eventually.ts';
import type { ChaosBroker } from './chaos-broker.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { QUEUE_NAMES } from './queues.ts';
import { WATCH, type Broken } from './verdicts.ts';

const RULE = 'no process leaks connections, channels, queues, files or memory';
/** Of one users and one payments process: publisher and consumer; and the wake-up. */
const BROKER_CONNECTIONS = { users: 2, payments: 3 } as const;
const POOL_SIZE = 10;
const MAX_RESIDENT_MB = 450;
/** Sockets, pipes and files of one process when nothing is done; a thousand subscribers that came and went must not stay. */
const MAX_OPEN_FILES = 150;
/** Looking takes seconds, and a minute on a busy machine: one look that comes to nothing is no verdict. */
const WITHIN_MS = 240_000;
/** One start of rabbitmqctl instead of three. */
const COUNT = '{length(rabbit_networking:connections()), length(rabbit_channel:list()), length(rabbit_amqqueue:list())}.';

/** What is open when nothing is done: as much as at the start, whatever happened between. Connections that died take a while to go. */
export async function checkForLeaks(system: ChaosSystem): Promise<Broken> {
  const { databases, replicas, broker, processes } = system;
  const connections = replicas.users.length * BROKER_CONNECTIONS.users + replicas.payments.length * BROKER_CONNECTIONS.payments;
  const queues = QUEUE_NAMES.length + replicas.payments.length;
  let problem = '';
  const isClean = async (): Promise<boolean> => {
    problem = '';
    const open = await countOpen(broker);
    if (open.connections !== connections) problem = `${open.connections} connections to RabbitMQ, expected ${connections}`;
    else if (open.channels > connections + 4) problem = `${open.channels} channels on ${open.connections} connections`;
    else if (open.queues !== queues) problem = `${open.queues} queues, expected ${queues}`;
    for (const [name, database] of Object.entries(databases)) {
      const { rows } = await database.query<{ open: string; busy: string }>(
        `select count(*) as open, count(*) filter (where state like 'idle in transaction%') as busy from pg_stat_activity
         where datname = current_database() and application_name <> $1`,
        [WATCH],
      );
      if (Number(rows[0]?.open) > 2 * POOL_SIZE) problem = `${rows[0]?.open} connections to the ${name} database`;
      if (Number(rows[0]?.busy) > 0) problem = `${rows[0]?.busy} open transactions in the ${name} database`;
    }
    for (const { name, pid } of processes) {
      const resident = Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1] ?? 0) / 1024;
      if (resident > MAX_RESIDENT_MB) problem = `${name} takes ${resident.toFixed(0)} MB`;
      const files = (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
      if (files > MAX_OPEN_FILES) problem = `${name} has ${files} files and sockets open`;
    }
    return problem === '';
  };
  try {
    await eventually(isClean, WITHIN_MS, 500);
    return new Map();
  } catch (error) {
    return new Map([[RULE, problem || `it cannot be counted: ${toMessage(error)}`]]);
  }
}

/** In all of the cluster, as one of its nodes that runs sees it. */
async function countOpen({ nodes }: ChaosBroker): Promise<{ connections: number; channels: number; queues: number }> {
  const printed = await nodes.find(({ pid }) => pid !== undefined)?.control('eval', COUNT);
  const [connections, channels, queues] = (printed?.match(/\d+/g) ?? []).map(Number);
  if (connections === undefined || channels === undefined || queues === undefined)
    throw new Error(`expected three numbers of rabbitmqctl, got '${printed}'`);
  return { connections, channels, queues };
}
