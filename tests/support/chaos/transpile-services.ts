import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { transform } from '@swc/core';
import { afterOurEnd } from '../neighbours-watchdog.ts';
import { projectFolder } from '../service-process.ts';

const FOLDERS = ['platform', 'subgraphs', 'gateway', 'tests/support'];
const SDL = 'schema';

let made: Promise<string> | undefined;

/**
 * The sources as JavaScript in a folder of their own, made once for this process and removed after it: processes that are started dozens of times should not
 * translate them each time, and a test should not wait for the build.
 * @returns the folder, laid out as the project
 */
export function transpileServices(): Promise<string> {
  return (made ??= transpile());
}

async function transpile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'paygraph-services-'));
  afterOurEnd('sleep 1; rm -rf -- "$1"', folder);
  try {
    await symlink(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await cp(join(projectFolder, SDL), join(folder, SDL), { recursive: true });
    for (const source of FOLDERS) {
      for (const entry of await readdir(join(projectFolder, source), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) await translate(join(entry.parentPath, entry.name), folder);
      }
    }
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function translate(file: string, folder: string): Promise<void> {
  const target = join(folder, relative(projectFolder, file));
  await mkdir(dirname(target), { recursive: true });
  if (!file.endsWith('.ts')) return cp(file, target);
  const { code } = await transform(await readFile(file, 'utf8'), {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  await writeFile(target.replace(/\.ts$/, '.js'), code.replace(/(['"])(\.{1,2}\/[^'"\n]+)\.ts\1/g, '$1$2.js$1'));
}
