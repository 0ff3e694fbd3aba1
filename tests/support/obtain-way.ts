import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { toMessage } from '../../platform/foundation/errors.ts';

/** One way to obtain something that tests need. */
export interface Way<T> {
  /** What a person would call it: `Docker`. */
  readonly name: string;
  /** Throws when it does not work here, with the reason. */
  obtain(): Promise<T>;
}

/**
 * Takes the first way that works.
 * @throws Error with every way and why it did not work
 */
export async function obtainFirst<T>(what: string, ways: readonly Way<T>[]): Promise<T> {
  const failures: string[] = [];
  for (const way of ways) {
    try {
      return await way.obtain();
    } catch (error) {
      failures.push(`  - ${way.name}: ${toMessage(error)}`);
    }
  }
  throw new Error(`the tests need ${what}, and no way to obtain it worked; any one of these would do:\n${failures.join('\n')}`);
}

/** The first of the names, in the folders and then in PATH, that we may run. */
export async function findProgram(names: readonly string[], folders: readonly string[] = []): Promise<string> {
  const path = process.env['PATH']?.split(delimiter) ?? [];
  for (const folder of [...folders, ...path].filter((entry) => entry !== '')) {
    for (const name of names) {
      const candidate = join(folder, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  throw new Error(`no ${names.join(' or ')} in ${[...folders, 'PATH'].join(', ')}`);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Runs a program to its end. @returns its standard output @throws with what it wrote to standard error */
export async function run(
  program: string,
  args: readonly string[],
  options: { timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { timeoutMs = 60_000, env = process.env } = options;
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (error) {
    const { stderr = '', killed = false } = error as { stderr?: string; killed?: boolean };
    const lastLine = stderr.trim().split('\n').at(-1) || toMessage(error);
    throw new Error(killed ? `${program} ${args[0]} took longer than ${timeoutMs / 1000} s` : lastLine, { cause: error });
  }
}

/** Says which way it was, on standard error: standard output may be a report for machines. */
export function announce(line: string): void {
  process.stderr.write(`${line}\n`);
}
