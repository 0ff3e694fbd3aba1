import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { toCode } from './errors.ts';

/** A process for as long as it lives: its number alone may belong to another one later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Text to compare, nothing else. */
  readonly startedAt: string;
}

/** The system hides when it started (`hidepid`); the number has to do. */
const HIDDEN = 'hidden';

/** @returns undefined when there is no such process, or only the zombie of one */
export async function readProcessIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isRunning(pid)) return undefined;
  const startedAt = process.platform === 'linux' ? await readStartFromProc(pid) : await readStartFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** True while exactly this process runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const current = await readProcessIdentity(identity.pid);
  return current !== undefined && (current.startedAt === identity.startedAt || current.startedAt === HIDDEN);
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false; // 0 and negative numbers mean groups of processes to kill()
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return toCode(error) === 'EPERM'; // it is there and belongs to somebody else
  }
}

/** Ticks since the machine started, made unique by the machine's own start: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function readStartFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return isRunning(pid) ? HIDDEN : undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in parentheses may hold anything
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${ticks}`;
}

async function readStartFromPs(pid: number): Promise<string | undefined> {
  const answer = await promisify(execFile)('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)]).catch(() => undefined);
  if (answer === undefined) return undefined;
  const [state = 'Z', ...start] = answer.stdout.trim().split(/\s+/);
  return state.startsWith('Z') ? undefined : start.join(' ');
}
