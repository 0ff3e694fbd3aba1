/**
 * The build: TypeScript to `dist/`, and the SDL and SQL files next to the code that reads them.
 * Nothing is done when the contents of all inputs are those of the last build. Two builds at once wait for each other.
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

const SOURCE_FOLDERS = ['platform', 'subgraphs', 'gateway', 'scripts', 'bench', 'schema'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const COPIED = /\.(graphql|sql|html|css|svg)$/;
const BUILT = /\.ts$/;
const stampFile = join(distFolder, '.built-from');
const lockFolder = join(root, 'node_modules', '.paygraph-build');

/**
 * @param {(line: string) => void} say told what is being done, only when there is something to do
 * @throws {Error} with the compiler's messages
 */
export async function buildWhatIsStale(say) {
  if (isCurrent()) return;
  await withLock(say, async () => {
    if (isCurrent()) return;
    const startedAt = Date.now();
    say('building …');
    rmSync(stampFile, { force: true });
    const files = inputs();
    await compile();
    for (const file of files.filter((path) => COPIED.test(path))) {
      const target = join(distFolder, relative(root, file));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(file, target);
    }
    removeLeftovers(files);
    writeFileSync(stampFile, fingerprint());
    say(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  });
}

function isCurrent() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

function inputs() {
  return SOURCE_FOLDERS.flatMap((folder) => listFiles(join(root, folder)))
    .filter((file) => BUILT.test(file) || COPIED.test(file))
    .sort();
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...inputs(), ...SETTINGS.map((name) => join(root, name))]) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

/** A deleted migration must not live on in `dist/`: it would be run. */
function removeLeftovers(files) {
  const wanted = new Set(
    files.flatMap((file) => {
      const target = join(distFolder, relative(root, file));
      const code = target.replace(/\.ts$/, '.js');
      return [target, code, `${code}.map`];
    }),
  );
  for (const folder of SOURCE_FOLDERS) {
    for (const file of listFiles(join(distFolder, folder))) if (!wanted.has(file)) rmSync(file);
  }
}

function compile() {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--pretty', 'false'], { cwd: root });
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
