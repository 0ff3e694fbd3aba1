import { pino } from 'pino';
import { createLogger, type Logger } from '../../platform/foundation/logger.ts';

/** What Apollo's packages take for a logger: `console` is one, and so is pino. */
export interface ApolloLogger {
  debug(message?: unknown): void;
  info(message?: unknown): void;
  warn(message?: unknown): void;
  error(message?: unknown): void;
}

const METHODS = { trace: 'debug', debug: 'debug', info: 'info', warn: 'warn', error: 'error', fatal: 'error' } as const;

/**
 * The gateway's own logger over the one that the application gave, which gets whole sentences; a pino logger is used as it is.
 * @param options.debug whether debug lines are written too
 */
export function toLogger(given: ApolloLogger | Logger | undefined, { debug }: { debug: boolean }): Logger {
  if (!given) return createLogger('gateway', { level: debug ? 'debug' : 'warn', format: 'text' });
  if (isPino(given)) return given;
  return pino({ base: null, level: debug ? 'debug' : 'info', formatters: { level: (label) => ({ level: label }) } }, { write });

  function write(line: string): void {
    const { level, msg, err } = JSON.parse(line) as { level: keyof typeof METHODS; msg?: string; err?: { stack?: string } };
    given?.[METHODS[level]](err?.stack === undefined ? msg : `${msg}: ${err.stack}`);
  }
}

function isPino(logger: ApolloLogger | Logger): logger is Logger {
  return 'child' in logger && 'bindings' in logger;
}
