import { statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { toMessage } from '../platform/foundation/errors.ts';
import type { Stoppable } from '../platform/foundation/lifecycle.ts';

/** How long files must be quiet before a change is told: editors save in several steps, and several files at once. */
const QUIET_MS = 50;

/** Watches paths and tells of what changed. The caller stops it. */
export interface FileWatch extends Stoppable {
  /** Watches these instead of those before: files, and folders with all that is in them. A file that is not there yet is noticed when it comes. */
  watch(paths: readonly string[]): void;
}

/**
 * @param options.ignored absolute paths that are not looked at
 * @param options.onChange told of the changed files, absolute and sorted, once they are quiet for 50 ms
 * @param options.onReady told each time that paths are being watched from now on
 */
export function createFileWatch(options: {
  readonly ignored?: (path: string) => boolean;
  readonly onChange: (files: readonly string[]) => void;
  readonly onReady?: () => void;
}): FileWatch {
  const { ignored = () => false, onChange, onReady = () => undefined } = options;
  const changed = new Set<string>();
  const closing = new Set<Promise<void>>();
  let wanted: readonly string[] = [];
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    const files = [...changed].sort();
    changed.clear();
    onChange(files);
  };
  const close = (): void => {
    if (!watcher) return;
    const closed = watcher.close();
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };
  return {
    watch(paths) {
      const next = [...new Set(paths.map((path) => resolve(path)))].sort();
      if (watcher && next.join('\0') === wanted.join('\0')) return;
      close();
      wanted = next;
      const isWanted = (path: string): boolean => wanted.some((one) => path === one || path.startsWith(one + sep));
      const folders = [...new Set(wanted.map((path) => (isFolder(path) ? path : dirname(path))))]; // editors replace files by new ones of the same name
      watcher = watch(folders, {
        ignoreInitial: true,
        ignored: (path) => !(folders.includes(resolve(path)) || isWanted(resolve(path))) || ignored(resolve(path)),
      })
        .on('all', (_event, path) => {
          if (!isWanted(resolve(path))) return;
          changed.add(resolve(path));
          clearTimeout(timer);
          timer = setTimeout(tell, QUIET_MS);
        })
        .on('error', (error) => process.stderr.write(`watching files failed: ${toMessage(error)}\n`))
        .on('ready', onReady);
    },
    async stop() {
      clearTimeout(timer);
      close();
      await Promise.all(closing);
    },
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
