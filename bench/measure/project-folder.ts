import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where package.json is; the benchmark runs from `dist/bench/`, and the peers are started from `bench/peers/`. */
export const projectFolder = find(dirname(fileURLToPath(import.meta.url)));

export const peersFolder = join(projectFolder, 'bench', 'peers');

function find(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : find(dirname(folder));
}
