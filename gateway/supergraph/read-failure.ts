import { toCode, toMessage } from '../../platform/foundation/errors.ts';

/** Why a file could not be read, in one sentence. */
export function explainReadFailure(error: unknown, file: string): string {
  switch (toCode(error)) {
    case 'ENOENT':
      return `${file}: there is no such file`;
    case 'EACCES':
      return `${file}: this user may not read it`;
    case 'EISDIR':
      return `${file}: is a folder, expected a file`;
    default:
      return `${file}: ${toMessage(error)}`;
  }
}
