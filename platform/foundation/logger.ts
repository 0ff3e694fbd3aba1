import { pino, type Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';

export type Logger = PinoLogger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * One logger a service, writing to standard error so that standard output belongs to the command.
 * `text` is for people (pino-pretty, colours only on a terminal), `json` for machines. Secrets in URLs must be masked by the caller: see `maskUrl`.
 */
export function createLogger(name: string, options: { level: LogLevel; format: LogFormat }): Logger {
  const base = { name, level: options.level };
  if (options.format === 'json') return pino(base, pino.destination({ dest: 2, sync: true }));
  return pino(base, prettyDestination());
}

/** A logger that says nothing, for tests. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** Text with the passwords of connection URLs shown as three asterisks, also those that hold an unescaped `@`. */
export function maskUrl(url: string): string {
  return url.replace(/(:\/\/[^:/@\s]*:)[^/\s]*@/g, '$1***@');
}

function prettyDestination(): NodeJS.WritableStream {
  return pretty({ colorize: process.stderr.isTTY, destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
}
