import type { GraphQLFormattedError } from 'graphql';
import { AppError, ProtocolError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { RefusalCode } from './statuses.ts';

/** A request that a transport refuses: thrown anywhere below it, answered in one place. The message says what would work. */
export function refuse(code: RefusalCode, message: string): ProtocolError {
  return new ProtocolError(code, message);
}

/**
 * Any error as a client may see it. Ours say what they are; everything else is a bug: logged with its cause, shown as
 * INTERNAL_SERVER_ERROR with the request's id.
 */
export function toClientError(error: unknown, requestId: string | undefined, logger: Logger): GraphQLFormattedError {
  if (error instanceof AppError) return { message: error.message, extensions: { code: error.code } };
  logger.error({ err: error, requestId }, 'a request met a bug');
  return {
    message: 'Internal server error',
    extensions: { code: 'INTERNAL_SERVER_ERROR', ...(requestId === undefined ? {} : { requestId }) },
  };
}
