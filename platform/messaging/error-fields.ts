import { AppError } from '../foundation/errors.ts';

/** What a log line says about an error besides its message: the code of one that we know, everything about a bug. */
export function toErrorFields(error: unknown): { code: string } | { err: unknown } {
  return error instanceof AppError ? { code: error.code } : { err: error };
}
