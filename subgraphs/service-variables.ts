import { integer, oneOf, urls, type Variable } from '../platform/foundation/config.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../platform/foundation/logger.ts';

/** Variables that both services read under the same name. */
export const sharedVariables = {
  AMQP_URL: {
    schema: urls('amqp', 'amqps'),
    description: 'RabbitMQ; one URL, or those of a cluster separated by commas',
    default: 'amqp://localhost:5672',
    secret: true,
  } satisfies Variable<string[]>,
  LOG_LEVEL: { schema: oneOf(...LOG_LEVELS), description: 'what is logged', default: 'info' } satisfies Variable<LogLevel>,
  LOG_FORMAT: { schema: oneOf(...LOG_FORMATS), description: 'for people or for machines', default: 'text' } satisfies Variable<LogFormat>,
};

/** Milliseconds between two looks at something that normally tells of itself. */
export function pollVariable(description: string, defaultMs: number): Variable<number> {
  return { schema: integer(10, 60_000), description: `${description}, milliseconds`, default: String(defaultMs) };
}

const DAY_MS = 86_400_000;

/** Whole days; read as milliseconds. */
export function daysVariable(description: string, defaultDays: number): Variable<number> {
  return {
    schema: integer(1, 3_650).transform((days) => days * DAY_MS),
    description: `${description}, days`,
    default: String(defaultDays),
  };
}
