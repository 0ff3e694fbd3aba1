import { stat } from 'node:fs/promises';

/** Another user than ours, under whom PostgreSQL runs. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` of nearly every system. */
const NOBODY: ServerAccount = { uid: 65_534, gid: 65_534 };

/**
 * PostgreSQL refuses to run as root: then it runs as the owner of its files, or as nobody.
 * @param cluster its data folder, which need not exist
 * @returns undefined when it can run as we do
 */
export async function chooseServerAccount(cluster: string): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  return owner === undefined || owner.uid === 0 ? NOBODY : { uid: owner.uid, gid: owner.gid };
}
