import type { GraphQLFormattedError } from 'graphql';
import { toCode } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { maskError } from './mask-error.ts';

type PlainError = Omit<GraphQLFormattedError, 'path'>;

/** A fetch that brought no answer, in words that give nothing away. Whatever is not a failure that clients of subgraphs announce is a bug. */
export function toFetchError(error: unknown, subgraph: string, logger: Logger, requestId?: string): PlainError {
  const code = toCode(error);
  const message = messageOf(code, subgraph);
  if (message === undefined || code === undefined) return maskError(error, logger, requestId);
  logger.debug({ err: error, subgraph }, message);
  return { message, extensions: { code, serviceName: subgraph } };
}

function messageOf(code: string | undefined, subgraph: string): string | undefined {
  switch (code) {
    case 'SUBGRAPH_UNAVAILABLE':
      return `Subgraph ${subgraph} cannot be reached.`;
    case 'SUBGRAPH_TIMEOUT':
      return `Subgraph ${subgraph} did not answer in time.`;
    case 'SUBGRAPH_MALFORMED':
      return `Subgraph ${subgraph} gave an answer that is not as it should be.`;
    case 'REQUEST_ABORTED':
      return `The request was ended before subgraph ${subgraph} was asked.`;
    case 'SUBSCRIPTION_TOO_SLOW':
      return 'More events wait than are kept for a client that does not read them: subscribe again behind the last event that came.';
    default:
      return undefined;
  }
}
