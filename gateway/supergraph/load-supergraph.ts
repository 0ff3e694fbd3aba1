import { readFile } from 'node:fs/promises';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { composeSupergraph, type ComposedSupergraph } from './compose.ts';
import { parseConfig } from './load-config.ts';
import { explainReadFailure } from './read-failure.ts';
import { readSubgraphs, type ReadText } from './read-subgraphs.ts';

/** A supergraph SDL, its hints when it was composed just now, and the files that it was made of. */
export interface LoadedSupergraph extends ComposedSupergraph {
  /** Subgraph → file, for those that are read from one. Empty for a file that holds a composed supergraph. */
  readonly subgraphFiles: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  readonly file: string;
  readonly env: Environment;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Where files come from; default the disk. */
  readonly readText?: ReadText;
  /** Told as soon as it is known which files the supergraph is made of, also when it does not compose then. */
  readonly onFiles?: (files: ReadonlyMap<string, string>) => void;
}

/** As `loadSupergraph`, the SDL alone; hints go to the log. */
export async function loadSupergraphSdl(options: LoadOptions): Promise<string> {
  const { sdl, hints } = await loadSupergraph(options);
  for (const hint of hints) options.logger.debug(`composition hint: ${hint}`);
  return sdl;
}

/**
 * Gets the supergraph that `file` stands for: the file itself when it holds a composed supergraph, else the composition of the
 * subgraphs that the `supergraph.yaml` names. Subgraphs that are asked for their schema are waited for until the signal aborts.
 * @throws ConfigError CONFIG_INVALID | COMPOSITION_FAILED
 */
export async function loadSupergraph({
  file,
  env,
  logger,
  signal,
  readText = readFromDisk,
  onFiles,
}: LoadOptions): Promise<LoadedSupergraph> {
  const text = await readText(file, file);
  if (isSdl(file, text)) return { sdl: text, hints: [], subgraphFiles: new Map() };
  const config = parseConfig(text, file, env);
  const subgraphFiles = new Map(
    config.subgraphs.flatMap(({ name, schema }) => (schema.kind === 'file' ? [[name, schema.path] as const] : [])),
  );
  onFiles?.(subgraphFiles);
  return { ...composeSupergraph(await readSubgraphs(config, { readText, logger, signal })), subgraphFiles };
}

async function readFromDisk(file: string, shown: string): Promise<string> {
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
