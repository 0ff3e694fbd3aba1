import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { SubgraphDefinition } from './compose.ts';
import { fetchSdl } from './fetch-sdl.ts';
import type { SubgraphConfig, SupergraphConfig } from './load-config.ts';

/** Gets the text of a file. @throws ConfigError that says why it cannot be read, beginning with `shown` */
export type ReadText = (path: string, shown: string) => Promise<string>;

/**
 * Gets the SDL of every subgraph of a `supergraph.yaml`. Subgraphs that are asked for their schema are waited for until the signal aborts.
 * @throws ConfigError CONFIG_INVALID with the problems of all of them
 */
export async function readSubgraphs(
  config: SupergraphConfig,
  options: { readonly readText: ReadText; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<SubgraphDefinition[]> {
  const settled = await Promise.allSettled(config.subgraphs.map((subgraph) => readDefinition(subgraph, options)));
  const failures = settled.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
  const bug = failures.find((failure) => !(failure instanceof ConfigError));
  if (bug !== undefined) throw bug;
  if (failures.length > 0) throw new ConfigError(failures.flatMap((failure) => (failure as ConfigError).problems));
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function readDefinition(
  { name, routingUrl, schema, where }: SubgraphConfig,
  { readText, logger, signal }: Parameters<typeof readSubgraphs>[1],
): Promise<SubgraphDefinition> {
  switch (schema.kind) {
    case 'file':
      return {
        name,
        routingUrl,
        sdl: await readText(schema.path, `${where}: schema of subgraph ${name}: ${schema.path}`),
        from: schema.path,
      };
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
