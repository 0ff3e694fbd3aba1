import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toCode } from '../../../platform/foundation/errors.ts';

const run = promisify(execFile);

/** Room for a cluster, its log (`max_wal_size`) and hours of payments. */
const MEGABYTES = 640;

/** A disk of its own, small enough to be filled to the last byte. */
export interface SmallDisk {
  /** For what lies on it. */
  readonly folder: string;
  /** Takes all the room that is left, and that becomes free meanwhile. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  /** Takes the disk and all that is on it away. */
  unmount(): Promise<void>;
}

/**
 * In memory (tmpfs), mounted on a folder that is made.
 * @returns undefined where we may not mount anything: that is for root, on Linux
 */
export async function mountSmallDisk(mountPoint: string): Promise<SmallDisk | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  await mkdir(mountPoint);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=711`, 'tmpfs', mountPoint]);
  } catch {
    return undefined; // a container without the right to
  }
  const filler = join(mountPoint, 'filler');
  return {
    folder: join(mountPoint, 'data'),
    async fill() {
      const file = await open(filler, 'a');
      try {
        for (let size = 1 << 20; size >= 512; size >>= 1) while (await writes(file, size));
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    async unmount() {
      await run('umount', ['--lazy', mountPoint]);
    },
  };
}

/** @returns whether there was room for so many bytes */
async function writes(file: Awaited<ReturnType<typeof open>>, bytes: number): Promise<boolean> {
  try {
    await file.writeFile(Buffer.alloc(bytes));
    return true;
  } catch (error) {
    if (toCode(error) === 'ENOSPC') return false;
    throw error;
  }
}
