import type { Logger } from '../foundation/logger.ts';
import { explainAmqpError, toReplyCode } from './amqp-errors.ts';
import type { AmqpLinkOptions } from './amqp-link.ts';

/** What needs a person, by where it was noticed; `undefined`: solved. */
export type Problems = Map<string, string | undefined>;

export interface LinkReport {
  up(): void;
  readonly waits: AmqpLinkOptions['onWait'];
}

const REPEAT_MS = 30_000;
/** connection-forced: an operator or a shutdown closed it. */
const CONNECTION_FORCED = 320;
const INTERNAL_ERROR = 541;

/**
 * Says when a link is down, why, and when it is up again: each reason once, and again every 30 s.
 * @param options.level for failures of the network, which several links share; what the broker refuses is always a warning
 */
export function createLinkReport(options: {
  logger: Logger;
  problems: Problems;
  source: string;
  purpose: string;
  level: 'warn' | 'debug';
}): LinkReport {
  const { logger, problems, source, purpose, level } = options;
  let last: { reason: string; at: number } | undefined;

  return {
    up() {
      if (last) logger[level === 'warn' ? 'info' : 'debug'](`${purpose} answers`);
      last = undefined;
      problems.set(source, undefined);
    },
    waits({ error, address, waitMs }) {
      const { reason, needsPerson } = explainAmqpError(error);
      const refused = isRefusal(error);
      problems.set(source, toProblem(purpose, address, error));
      if (last?.reason === reason && Date.now() - last.at < REPEAT_MS) return;
      last = { reason, at: Date.now() };
      logger[refused || needsPerson ? 'warn' : level](
        `waiting for ${purpose} at ${address}: ${reason}; next try in ${Math.ceil(waitMs)} ms`,
      );
    },
  };
}

function isRefusal(error: unknown): boolean {
  const code = toReplyCode(error);
  return code !== undefined && code !== CONNECTION_FORCED;
}

function toProblem(purpose: string, address: string, error: unknown): string | undefined {
  const { reason, needsPerson } = explainAmqpError(error);
  if (needsPerson) return `RabbitMQ at ${address}: ${reason}`;
  if (toReplyCode(error) === INTERNAL_ERROR) {
    return `QUEUE_BROKEN: ${purpose} cannot work, RabbitMQ at ${address} answers 541: the queue has lost its data on too many nodes; see "a broken queue" in docs/messages.md`;
  }
  return undefined;
}
