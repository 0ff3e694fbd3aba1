import { readFile } from 'node:fs/promises';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { composeSupergraph, type SubgraphDefinition } from './compose.ts';
import { fetchSdl } from './fetch-sdl.ts';
import { loadConfig, type SubgraphConfig } from './load-config.ts';
import { explainReadFailure } from './read-failure.ts';

/**
 * Gets the supergraph SDL that `file` stands for: the file itself when it holds a composed supergraph, else the composition of the
 * subgraphs that the `supergraph.yaml` names. Subgraphs that are asked for their schema are waited for until the signal aborts.
 * @throws ConfigError CONFIG_INVALID | COMPOSITION_FAILED
 */
export async function loadSupergraphSdl(options: { file: string; env: Environment; logger: Logger; signal: AbortSignal }): Promise<string> {
  const { file, logger } = options;
  const text = await read(file, file);
  if (isSdl(file, text)) return text;
  const config = await loadConfig(file, options.env);
  const settled = await Promise.allSettled(config.subgraphs.map((subgraph) => readDefinition(subgraph, options)));
  const failures = settled.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
  const bug = failures.find((failure) => !(failure instanceof ConfigError));
  if (bug !== undefined) throw bug;
  if (failures.length > 0) throw new ConfigError(failures.flatMap((failure) => (failure as ConfigError).problems));
  const composed = composeSupergraph(settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  for (const hint of composed.hints) logger.debug(`composition hint: ${hint}`);
  return composed.sdl;
}

async function readDefinition(
  subgraph: SubgraphConfig,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<SubgraphDefinition> {
  const { name, routingUrl, schema, where } = subgraph;
  switch (schema.kind) {
    case 'file':
      return { name, routingUrl, sdl: await read(schema.path, `${where}: schema of subgraph ${name}: ${schema.path}`), from: schema.path };
    case 'sdl':
      return { name, routingUrl, sdl: schema.text, from: `${where} (sdl)` };
    case 'subgraph_url':
      return {
        name,
        routingUrl,
        sdl: await fetchSdl({ name, url: schema.url, headers: schema.headers, where, logger, signal }),
        from: schema.url,
      };
  }
}

async function read(file: string, shown: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([explainReadFailure(error, shown)], { cause: error });
  });
}

/** By its ending; else by what only a schema would say at the beginning of a line. */
function isSdl(file: string, text: string): boolean {
  if (/\.(graphqls?|gql)$/i.test(file)) return true;
  if (/\.(ya?ml|json)$/i.test(file)) return false;
  return /^\s*(schema|directive|type|enum|extend)\b/m.test(text) && /@(join__|link|core)\b/.test(text);
}
