import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { projectFolder } from './project-folder.ts';

/** Where and on what something was measured. */
export interface RunDescription {
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
}

export function describeRun(): RunDescription {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
    node: process.version,
  };
}

function commit(): string {
  try {
    const run = (...args: string[]): string => execFileSync('git', args, { cwd: projectFolder, encoding: 'utf8', stdio: 'pipe' }).trim();
    return `${run('rev-parse', '--short=12', 'HEAD')}${run('status', '--porcelain') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}
