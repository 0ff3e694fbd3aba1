import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { run } from './obtain-way.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OWN_URL = pathToFileURL(join(root, 'package.json')).href;
const PROGRAMS = [
  'scripts/backup.ts',
  'scripts/compose.ts',
  'scripts/gateway.ts',
  'scripts/reconcile.ts',
  'scripts/restore.ts',
  'scripts/schema-check.ts',
  'scripts/start-service.ts',
  'scripts/start.ts',
  'tests/support/chaos/service-main.ts',
  'tests/support/postgres-owner.ts',
  'tests/support/rabbitmq-owner.ts',
];

let made: Promise<string> | undefined;

/**
 * The programs that tests start as processes, each with everything that it needs in a file or two. Made once for a run of the tests (TEST_PROGRAMS) or else for
 * this process: what is started dozens of times should not look for a thousand files each time, which takes three times the processor time.
 * The web client that they serve is built when it is stale.
 * @param name of its source, without the ending: `start-service`
 * @returns the file to run with Node
 */
export async function bundleProgram(name: string): Promise<string> {
  return join(await (made ??= bundleOnce()), `${name}.mjs`);
}

async function bundleOnce(): Promise<string> {
  const shared = process.env['TEST_PROGRAMS'];
  if (!shared) {
    const folder = await mkdtemp(join(tmpdir(), 'paygraph-programs-'));
    afterOurEnd('sleep 1; rm -rf -- "$1"', folder);
    await bundle(folder);
    return folder;
  }
  const folder = join(shared, 'bundled');
  if (existsSync(folder)) return folder;
  const unfinished = await mkdtemp(join(shared, 'unfinished-'));
  await bundle(unfinished);
  await rename(unfinished, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error; // another worker was faster, with the same
  });
  return folder;
}

async function bundle(folder: string): Promise<void> {
  await run(process.execPath, [join(root, 'scripts', 'build-once.mjs')], { timeoutMs: 180_000 });
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    entryNames: '[name]',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // users does not read what only the gateway needs
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifyWhitespace: true, // what is not there need not be read at each start
    minifySyntax: true,
    // Packages in the format of Node's older modules ask for others themselves.
    banner: { js: `import { createRequire as toRequire } from 'node:module'; const require = toRequire(${JSON.stringify(OWN_URL)});` },
    external: ['pg-native'],
    logLevel: 'error',
    plugins: [ownPlaces],
  });
}

/** Schemas and migrations lie beside the sources that name them, not beside the bundle. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /(platform|subgraphs|gateway|scripts|tests)\/.*\.ts$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};
