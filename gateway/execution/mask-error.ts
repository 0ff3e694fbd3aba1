import { randomUUID } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/foundation/logger.ts';

/** Hides an unexpected error behind an id that the log has too: the request's own where there is one. */
export function maskError(error: unknown, logger: Logger, requestId: string = randomUUID()): GraphQLFormattedError {
  logger.error({ err: error, requestId }, 'unexpected error while a request was executed');
  return { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}
