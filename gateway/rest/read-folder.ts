import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, toCode, toMessage } from '../../platform/foundation/errors.ts';

/** One file of the folder with stored operations. */
export interface RestFile {
  /** As messages name it: the folder as it was given, and the name in it. */
  readonly file: string;
  readonly text: string;
}

/**
 * Every `.graphql` file in the folder and below, sorted by name.
 * @throws ConfigError CONFIG_INVALID when there is none
 */
export async function readFolder(folder: string): Promise<RestFile[]> {
  try {
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.graphql')).sort();
    if (names.length === 0) throw new ConfigError([`GATEWAY_REST=${folder} has no .graphql file; none stands for no REST`]);
    return await Promise.all(names.map(async (name) => ({ file: join(folder, name), text: await readFile(join(folder, name), 'utf8') })));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const reason =
      toCode(cause) === 'ENOENT' ? 'does not exist' : toCode(cause) === 'ENOTDIR' ? 'is no folder' : `cannot be read: ${toMessage(cause)}`;
    throw new ConfigError([`GATEWAY_REST=${folder} ${reason}; expected a folder with stored operations, or none`], { cause });
  }
}
