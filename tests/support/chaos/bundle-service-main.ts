import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterOurEnd } from '../neighbours-watchdog.ts';
import { projectFolder } from '../service-process.ts';

const MAIN = 'tests/support/chaos/service-main.ts';
/** Packages in the format of Node's older modules ask for others themselves. */
const REQUIRE = `import { createRequire as toRequire } from 'node:module'; const require = toRequire(${JSON.stringify(pathToFileURL(join(projectFolder, MAIN)).href)});`;

let made: Promise<string> | undefined;

/**
 * `service-main` with everything that it needs as one file, made once for this process and removed after it: processes that are started dozens of times should
 * not look for a thousand files each time, which takes three times the CPU, and a test should not wait for the build.
 * @returns the file
 */
export function bundleServiceMain(): Promise<string> {
  return (made ??= bundle());
}

async function bundle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'paygraph-services-'));
  afterOurEnd('sleep 1; rm -rf -- "$1"', folder);
  await build({
    absWorkingDir: projectFolder,
    entryPoints: [MAIN],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // users does not read what only the gateway needs
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: REQUIRE },
    external: ['pg-native'],
    logLevel: 'error',
    plugins: [ownPlaces],
  });
  return join(folder, 'service-main.mjs');
}

/** Schemas and migrations lie beside the sources that name them, not beside the bundle. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /(platform|subgraphs|gateway)\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};
