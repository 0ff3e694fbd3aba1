import { GraphQLError, Kind, isValueNode, parse, visit, type ASTNode, type GraphQLFormattedError } from 'graphql';
import { DependencyError, DomainError, ProtocolError } from '../platform/foundation/errors.ts';
import type { Logger } from '../platform/foundation/logger.ts';

export interface PublicErrorContext {
  /** Shown with what is masked, and logged with its cause, so that one can be found from the other. */
  readonly requestId: string;
  readonly logger: Logger;
  /** The code when the error itself has none and was not thrown by our code; default INTERNAL_SERVER_ERROR. */
  readonly fallbackCode?: string;
}

/**
 * The wall between what happened and what is told: our refusals keep code, message and details; a dependency that is away keeps its code;
 * a wrong value is BAD_USER_INPUT with `field`, in a variable as in the document; anything else is masked as INTERNAL_SERVER_ERROR and logged.
 */
export function toPublicError(error: GraphQLError, context: PublicErrorContext): GraphQLFormattedError {
  const cause = toCause(error);
  if (cause === undefined) return publishGraphQLError(error, context);
  if (cause instanceof DomainError) return format(error, cause.message, { ...cause.details, code: cause.code });
  if (cause instanceof ProtocolError) return format(error, cause.message, { code: cause.code });
  const { requestId, logger } = context;
  if (cause instanceof DependencyError) {
    logger.warn({ err: cause, requestId, path: error.path }, `a request failed: ${cause.message}`);
    return format(error, `${cause.dependency} does not answer; try again later`, { code: cause.code, requestId });
  }
  return mask(error, cause, context);
}

/** What was thrown by our code or a library; undefined when graphql-js or Apollo Server refused the request themselves. */
function toCause(error: GraphQLError): Error | undefined {
  const { originalError } = error;
  return originalError instanceof GraphQLError ? toCause(originalError) : originalError;
}

function publishGraphQLError(error: GraphQLError, context: PublicErrorContext): GraphQLFormattedError {
  const [node] = error.nodes ?? [];
  const { code = context.fallbackCode } = error.extensions;
  const wrongVariable = node?.kind === Kind.VARIABLE_DEFINITION && (code === undefined || code === 'BAD_USER_INPUT');
  const wrongLiteral = node !== undefined && isValueNode(node) && node.kind !== Kind.VARIABLE && code === 'GRAPHQL_VALIDATION_FAILED';
  if (wrongVariable)
    return format(error, error.message, {
      code: 'BAD_USER_INPUT',
      field: /^.*? at "([^"]+)"/.exec(error.message)?.[1] ?? node.variable.name.value,
    });
  if (wrongLiteral) {
    const field = toFieldPath(node);
    return format(error, `${field}: ${error.message}`, { code: 'BAD_USER_INPUT', field });
  }
  if (code === undefined || code === 'INTERNAL_SERVER_ERROR') return mask(error, error, context);
  const { stacktrace: _stacktrace, http: _http, ...extensions } = error.extensions;
  return format(error, error.message, { ...extensions, code });
}

/** Where a literal stands, as the names of the argument and the input fields around it: `input.amount`. */
function toFieldPath({ loc }: ASTNode): string {
  const names: string[] = [];
  if (loc) {
    visit(parse(loc.source.body), {
      enter(node) {
        const isAround = node.loc !== undefined && node.loc.start <= loc.start && loc.end <= node.loc.end;
        if (isAround && (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD)) names.push(node.name.value);
      },
    });
  }
  return names.join('.') || 'a value';
}

function mask(error: GraphQLError, cause: Error, { requestId, logger }: PublicErrorContext): GraphQLFormattedError {
  logger.error({ err: cause, requestId, path: error.path }, `unexpected error in request ${requestId}`);
  return format(error, 'Internal server error', { code: 'INTERNAL_SERVER_ERROR', requestId });
}

function format(error: GraphQLError, message: string, extensions: Record<string, unknown>): GraphQLFormattedError {
  const { locations, path } = error.toJSON();
  return { message, ...(locations && { locations }), ...(path && { path }), extensions };
}
