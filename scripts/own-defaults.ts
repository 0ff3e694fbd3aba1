import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Environment } from '../platform/foundation/config.ts';

const projectFolder = findProject(dirname(fileURLToPath(import.meta.url)));

/**
 * What belongs to our own graph and to no other: it is added where it is not set and the supergraph is this project's own.
 * @param args of the command line; a `--supergraph` there goes before the environment's
 */
export function withOwnDefaults(env: Environment, args: readonly string[] = []): Environment {
  const { values } = parseArgs({ args: [...args], options: { supergraph: { type: 'string' } }, strict: false });
  const supergraph = typeof values.supergraph === 'string' ? values.supergraph : env.SUPERGRAPH || 'supergraph.yaml';
  if (resolve(supergraph) !== join(projectFolder, 'supergraph.yaml')) return env;
  return {
    ...env,
    GATEWAY_CLIENT: env.GATEWAY_CLIENT || join(projectFolder, 'dist', 'client'),
    GATEWAY_EXAMPLES: env.GATEWAY_EXAMPLES || join(projectFolder, 'operations', 'examples'),
    GATEWAY_REST: env.GATEWAY_REST || join(projectFolder, 'operations', 'rest'),
  };
}

/** Scripts run from `scripts/` and, built, from `dist/scripts/`. */
function findProject(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findProject(dirname(folder));
}
