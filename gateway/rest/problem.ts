import type { GraphQLFormattedError } from 'graphql';
import type { GatewayResult } from '../engine.ts';
import { statusOfCode } from './problem-status.ts';

/** RFC 9457, with three members of ours: `code`, `requestId`, and `errors` where there is more than one to tell. */
export interface Problem {
  /** One for each code. No address: there is nothing to fetch. */
  readonly type: string;
  /** The code in words; the same for each problem of a type. */
  readonly title: string;
  readonly status: number;
  /** What happened here, and what would work. */
  readonly detail: string;
  /** The path that was asked for. */
  readonly instance: string;
  /** The same code that GraphQL has in `extensions.code`. */
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly ProblemPart[];
}

/** One of several things that are wrong. */
export interface ProblemPart {
  readonly detail: string;
  readonly code?: string;
  /** A member of the body, as RFC 6901 points at it: `#/amount`. */
  readonly pointer?: string;
  /** A parameter of the path, the query string or the headers. */
  readonly parameter?: string;
}

/** What all problems of one request have in common. */
export interface ProblemScope {
  readonly instance: string;
  readonly requestId: string;
  readonly statuses: ReadonlyMap<string, number>;
}

/** A problem with the status of its code. */
export function toProblem(code: string, detail: string, scope: ProblemScope, errors: readonly ProblemPart[] = []): Problem {
  return {
    type: `urn:problem-type:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(code),
    status: statusOfCode(code, scope.statuses),
    detail,
    instance: scope.instance,
    code,
    requestId: scope.requestId,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** The problem of a result's errors: the gravest decides, all are listed when there are several. */
export function problemOfErrors(errors: NonNullable<GatewayResult['errors']>, scope: ProblemScope): Problem {
  const graded = errors.map((error) => ({ error, status: statusOfCode(codeOf(error), scope.statuses) }));
  const gravest = graded.reduce((worst, next) => (next.status > worst.status ? next : worst), graded[0] ?? { error: UNKNOWN, status: 500 });
  const parts = errors.length > 1 ? errors.slice(0, MAX_PARTS).map((error) => ({ detail: error.message, code: codeOf(error) })) : [];
  return toProblem(codeOf(gravest.error), gravest.error.message, scope, parts);
}

/** Codes of a result's errors, each once. */
export function codesOf({ errors = [] }: GatewayResult): string[] {
  return [...new Set(errors.map(codeOf))];
}

const MAX_PARTS = 50;
const UNKNOWN: GraphQLFormattedError = { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };

function codeOf({ extensions }: GraphQLFormattedError): string {
  const code = extensions?.['code'];
  return typeof code === 'string' && /^[\w-]{1,100}$/.test(code) ? code : 'INTERNAL_SERVER_ERROR';
}

/** `INSUFFICIENT_FUNDS` → `Insufficient funds`. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
