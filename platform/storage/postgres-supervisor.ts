import { randomInt } from 'node:crypto';
import { backoffDelayMs, pause, retryWithBackoff } from '../foundation/backoff.ts';
import { toMessage } from '../foundation/errors.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import { clearLeftovers } from './leftover-postgres.ts';
import { launchPostgres, PostgresNotStarted, type LaunchOptions, type PostgresProcess } from './postgres-process.ts';

export interface SupervisorOptions extends Omit<LaunchOptions, 'port'> {
  /** Taken again when it is free. */
  readonly lastPort: number | undefined;
}

/** A server that is started again, on the same port, whenever it ends by itself. */
export interface SupervisedPostgres extends Stoppable {
  /** Of the server as it runs now. */
  readonly pid: number;
  readonly port: number;
  stop(deadlineAt: number): Promise<void>;
}

/** A server that ran this long before it crashed is started again without a wait. */
const HEALTHY_AFTER_MS = 60_000;

/** @throws PostgresNotStarted when the first start fails; later ones are tried for ever, with back-off, and logged */
export async function supervisePostgres(options: SupervisorOptions): Promise<SupervisedPostgres> {
  const { logger } = options;
  const stopping = new AbortController();
  const { port, first } = await launchOnFreePort(options);
  let current: PostgresProcess = first;

  const supervise = async (): Promise<void> => {
    for (let crashes = 0; ; crashes += 1) {
      const startedAt = Date.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) crashes = 0;
      logger.error(`the embedded PostgreSQL is gone (${how}): starting it again`);
      await pause(crashes === 0 ? 0 : backoffDelayMs(crashes), stopping.signal);
      current = await retryWithBackoff(() => relaunch({ ...options, port, signal: stopping.signal }), {
        signal: stopping.signal,
        onFailure: (error, waitMs) => logger.error(`${toMessage(error)}\nnext try in ${Math.ceil(waitMs)} ms`),
      });
      if (stopping.signal.aborted) return current.stop(Date.now() + 3_000); // it came up in the moment of our stop
      logger.info('the embedded PostgreSQL runs again');
    }
  };
  const supervising = supervise().catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error(error, 'the embedded PostgreSQL is not watched any more');
  });
  return {
    port,
    get pid() {
      return current.pid;
    },
    async stop(deadlineAt) {
      stopping.abort();
      await current.stop(deadlineAt);
      await supervising;
    },
  };
}

/** PostgreSQL cannot be told to listen on port 0. Asking the system for a free port and letting go of it is a race; so is guessing, but this one we notice. */
async function launchOnFreePort(options: SupervisorOptions): Promise<{ port: number; first: PostgresProcess }> {
  let port = options.lastPort ?? guessPort();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { port, first: await relaunch({ ...options, port }) };
    } catch (error) {
      if (!(error instanceof PostgresNotStarted) || options.signal.aborted || attempt === 10) throw error;
      if (error.message.includes('could not create any TCP/IP sockets')) port = guessPort();
      else if (isAboutLeftovers(error)) await pause(backoffDelayMs(attempt), options.signal);
      else throw error;
    }
  }
}

/** Below the range from which systems take ports for outgoing connections. */
function guessPort(): number {
  return randomInt(20_000, 32_000);
}

/** The processes of a killed server take a moment to notice that it is gone. */
function isAboutLeftovers(error: PostgresNotStarted): boolean {
  return /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(error.message);
}

async function relaunch(options: LaunchOptions): Promise<PostgresProcess> {
  await clearLeftovers(options.cluster, options.logger);
  return launchPostgres(options);
}
