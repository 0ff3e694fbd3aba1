import { ConfigError, toCode, toMessage } from './errors.ts';
import type { Environment } from './config.ts';
import type { Service } from './lifecycle.ts';

/**
 * Runs one service as this process: starts it, stops it on SIGINT or SIGTERM within 5 seconds, and at once on a second signal.
 * Exit codes: 0 stopped as asked; 1 could not start or died of a bug; 2 the command line is wrong; 130 a second signal.
 * @param create reads the configuration from the environment and assembles the service; the only place that is handed `process.env`
 */
export async function runProcess(create: (env: Environment) => Service | Promise<Service>, env: Environment): Promise<void> {
  let service: Service | undefined;
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    void Promise.resolve(service?.stop({ deadlineMs: 4_000 }))
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        process.stderr.write(`stopped with a problem: ${toMessage(error)}\n`);
        process.exit(0);
      });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    service = await create(env);
    await service.start();
  } catch (error) {
    if (stopping) return;
    process.stderr.write(explainStartFailure(error));
    process.exit(toCode(error) === 'COMMAND_LINE_INVALID' ? 2 : 1);
  }
}

/** One line for one problem, a list for several; a stack only for a bug. */
export function explainStartFailure(error: unknown): string {
  if (error instanceof ConfigError) {
    const [first, ...others] = error.problems;
    if (others.length === 0) return `cannot start: ${first}\n`;
    return `cannot start, ${error.problems.length} problems:\n${error.problems.map((problem) => `  - ${problem}\n`).join('')}`;
  }
  if (error instanceof Error && 'retryable' in error) return `cannot start: ${error.message}\n`;
  return `cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
