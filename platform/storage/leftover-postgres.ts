import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pause } from '../foundation/backoff.ts';
import type { Logger } from '../foundation/logger.ts';
import { isAlive, readProcessIdentity, type ProcessIdentity } from '../foundation/process-identity.ts';

/**
 * Clears what a killed owner left in a data folder that is ours by now: stops a server that still runs there, and removes the `postmaster.pid`
 * of one that does not, which PostgreSQL itself takes seriously when its number belongs to another process, or to a zombie.
 */
export async function clearLeftovers(cluster: string, logger: Logger): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const server = await readProcessIdentity(Math.abs(Number.parseInt(text, 10))); // negative: a single-user server
  if (server && (await isServerOf(cluster, server.pid))) {
    logger.warn(`PostgreSQL of a killed process still runs (pid ${server.pid}): shutting it down`);
    await shutDown(server);
  }
  await rm(pidFile, { force: true });
}

async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (process.platform !== 'linux') {
    const answer = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return answer.stdout.includes('postgres') && answer.stdout.includes(cluster);
  }
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return name.trim() === 'postgres' && folder === (await realpath(cluster));
}

/** Fast, then immediate shutdown, then the end. */
async function shutDown(server: ProcessIdentity): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(server.pid, signal);
    } catch {
      return; // gone, or not ours to stop: then PostgreSQL's own lock refuses the start
    }
    const until = Date.now() + 5_000;
    while (Date.now() < until) {
      if (!(await isAlive(server))) return;
      await pause(20);
    }
  }
}
