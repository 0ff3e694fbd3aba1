/**
 * The build, in two parts that do not know each other: TypeScript to `dist/` with the SDL and SQL files next to the code that reads them,
 * and the web client to `dist/client/`. A part is left alone when the contents of all its inputs are those of its last build.
 * Two builds at once wait for each other.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const distFolder = join(root, 'dist');

const SOURCE_FOLDERS = ['platform', 'subgraphs', 'gateway', 'scripts', 'bench', 'examples', 'schema', 'tests/support'];
const COPIED = /\.(graphql|sql|html|css|svg)$/;
const BUILT = /\.ts$/;
const lockFolder = join(root, 'node_modules', '.paygraph-build');

/** @typedef {{ name: string, stamp: string, result: string, settings: string[], sources: () => string[], make: () => Promise<void> }} Part */

/** @type {Part} */
const services = {
  name: 'the services',
  stamp: join(distFolder, '.built-from'),
  result: join(distFolder, 'gateway', 'main.js'),
  settings: ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  sources: () => SOURCE_FOLDERS.flatMap((folder) => listFiles(join(root, folder))).filter((file) => BUILT.test(file) || COPIED.test(file)),
  make: makeServices,
};

/** @type {Part} */
const client = {
  name: 'the web client',
  stamp: join(distFolder, '.client-built-from'),
  result: join(distFolder, 'client', 'index.html'),
  settings: ['package-lock.json'],
  sources: () => listFiles(join(root, 'client')),
  make: () => run('vite/package.json', 'bin/vite.js', ['build', join(root, 'client'), '--logLevel', 'warn']),
};

/**
 * @param {(line: string) => void} say told what is being done, only when there is something to do
 * @throws {Error} with the compiler's or the bundler's messages
 */
export async function buildWhatIsStale(say) {
  if (isCurrent(services) && isCurrent(client)) return;
  await withLock(say, async () => {
    for (const part of [services, client]) if (!isCurrent(part)) await build(part, say);
  });
}

/**
 * @param {Part} part
 * @param {(line: string) => void} say
 */
async function build(part, say) {
  const startedAt = Date.now();
  say(`building ${part.name} …`);
  rmSync(part.stamp, { force: true });
  const builtFrom = fingerprint(part); // a file that is saved during the build is not in it for certain
  await part.make();
  writeFileSync(part.stamp, builtFrom);
  say(`built ${part.name} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** @param {Part} part */
function isCurrent(part) {
  return existsSync(part.result) && existsSync(part.stamp) && readFileSync(part.stamp, 'utf8') === fingerprint(part);
}

/** @param {Part} part */
function fingerprint({ sources, settings }) {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...sources().sort(), ...settings.map((name) => join(root, name))]) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') return []; // of bench/peers
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

async function makeServices() {
  const files = services.sources();
  await run('typescript/package.json', 'bin/tsc', ['-p', join(root, 'tsconfig.build.json'), '--pretty', 'false']);
  for (const file of files.filter((path) => COPIED.test(path))) {
    const target = join(distFolder, relative(root, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  removeLeftovers(files);
}

/** A deleted migration must not live on in `dist/`: it would be run. */
function removeLeftovers(files) {
  const wanted = new Set(
    files.flatMap((file) => {
      const target = join(distFolder, relative(root, file));
      const code = target.replace(/\.ts$/, '.js');
      return [target, code, `${code}.map`, target.replace(/\.ts$/, '.d.ts')];
    }),
  );
  for (const folder of SOURCE_FOLDERS) {
    for (const file of listFiles(join(distFolder, folder))) if (!wanted.has(file)) rmSync(file);
  }
}

/** Runs a program of an installed package to its end. */
function run(packageFile, program, args) {
  const path = join(dirname(createRequire(import.meta.url).resolve(packageFile)), program);
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'production' }; // whoever builds: tests would get React for developers
    const child = spawn(process.execPath, [path, ...args], { cwd: root, env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`the build failed:\n${output}`))));
  });
}

/** A folder is the lock, because making one is atomic. One whose process is gone belongs to a build that was killed. */
async function withLock(say, work) {
  let told = false;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isStale()) rmSync(lockFolder, { recursive: true, force: true });
      else if (!told) say('another build is running, waiting for it …');
      told = true;
      await delay(200);
    }
  }
  try {
    writeFileSync(join(lockFolder, 'pid'), String(process.pid));
    await work();
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

function isStale() {
  try {
    const pid = Number(readFileSync(join(lockFolder, 'pid'), 'utf8'));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === 'EPERM') return false;
    if (error.code === 'ESRCH') return true;
    return existsSync(lockFolder) && Date.now() - statSync(lockFolder).mtimeMs > 10_000; // no pid written: killed between the two lines
  }
}
