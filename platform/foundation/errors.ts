/**
 * The four families of errors. Everything else that is thrown is a bug: logged with its cause and shown to the outside
 * as INTERNAL_SERVER_ERROR. Code matches on `code`, never on a class or a message. Every code stands in docs/errors.md.
 */
export abstract class AppError extends Error {
  readonly code: string;
  /** True when the same call may succeed later without anything being changed. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The process cannot start as it was told to: environment, files, ports, rights. `problems` holds one sentence for each. */
export class ConfigError extends AppError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { code?: string; cause?: unknown } = {}) {
    super(options.code ?? 'CONFIG_INVALID', problems.join('\n'), options);
    this.problems = problems;
  }
}

/** An expected refusal that the caller can understand: INSUFFICIENT_FUNDS, USER_NOT_FOUND … Never retryable as it stands. */
export class DomainError extends AppError {
  /** What the caller may want besides the message, such as the field that was refused. Shown to the outside. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(code, message);
    this.details = details;
  }
}

/** Something we stand on did not answer: BROKER_UNAVAILABLE, DATABASE_UNAVAILABLE, SUBGRAPH_TIMEOUT … Retryable unless said otherwise. */
export class DependencyError extends AppError {
  /** Which one, as an operator knows it: `users database`, `RabbitMQ`, `subgraph payments`. */
  readonly dependency: string;

  constructor(code: string, dependency: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(code, message, { retryable: true, ...options });
    this.dependency = dependency;
  }
}

/** The peer broke the rules of the protocol: BAD_REQUEST, NOT_ACCEPTABLE, MESSAGE_MALFORMED … */
export class ProtocolError extends AppError {}

/**
 * The error's message, or the text of whatever else was thrown. Looks at the shape, not the class: an error may come from another realm.
 * Node's AggregateError of a host with several addresses has no message of its own: then it is those of its errors.
 */
export function toMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error) || typeof error.message !== 'string') return String(error);
  if (error.message === '' && 'errors' in error && Array.isArray(error.errors)) return error.errors.map(toMessage).join(', ');
  return error.message;
}

/** The error's `code` property when it has one, as AppError, Node and `pg` errors do. */
export function toCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
