import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { run } from './obtain-way.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const made = new Map<string, Promise<string>>();

/**
 * A program with everything that it needs as one file, made once for a run of the tests (TEST_PROGRAMS) or else for this process: what is started dozens of times
 * should not look for a thousand files each time, which takes three times the processor time, and a test should not wait for the build.
 * @param source a TypeScript file, from the project's folder; one of `scripts/` gets the web client built
 * @returns the file to run with Node
 */
export function bundleProgram(source: string): Promise<string> {
  const making = made.get(source) ?? bundleOnce(source);
  made.set(source, making);
  return making;
}

async function bundleOnce(source: string): Promise<string> {
  const name = basename(source, '.ts');
  const shared = process.env['TEST_PROGRAMS'];
  const folder = shared ? join(shared, name) : await mkdtemp(join(tmpdir(), 'paygraph-program-'));
  if (!shared) {
    afterOurEnd('sleep 1; rm -rf -- "$1"', folder);
    await bundle(source, folder);
  } else if (!existsSync(folder)) {
    const unfinished = await mkdtemp(join(shared, 'unfinished-'));
    await bundle(source, unfinished);
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // another worker was faster, with the same
    });
  }
  return join(folder, `${name}.mjs`);
}

async function bundle(source: string, folder: string): Promise<void> {
  if (source.startsWith('scripts/')) await run(process.execPath, [join(root, 'scripts', 'build-once.mjs')], { timeoutMs: 180_000 });
  const ownUrl = pathToFileURL(join(root, source)).href;
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // users does not read what only the gateway needs
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Packages in the format of Node's older modules ask for others themselves.
    banner: { js: `import { createRequire as toRequire } from 'node:module'; const require = toRequire(${JSON.stringify(ownUrl)});` },
    external: ['pg-native'],
    logLevel: 'error',
    plugins: [ownPlaces],
  });
}

/** Schemas and migrations lie beside the sources that name them, not beside the bundle. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /(platform|subgraphs|gateway|scripts)\/.*\.ts$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};
