import { readFile } from 'node:fs/promises';
import { Source, buildASTSchema, parse, validateSchema, type DocumentNode } from 'graphql';
import { loadSupergraph } from '../../gateway/supergraph/load-supergraph.ts';
import { explainReadFailure } from '../../gateway/supergraph/read-failure.ts';
import type { ReadText } from '../../gateway/supergraph/read-subgraphs.ts';
import { createSupergraph } from '../../gateway/supergraph/supergraph.ts';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { GitCommit } from './git-commit.ts';
import type { SchemaVersion } from './schema-version.ts';

/** How long subgraphs that are asked for their schema may take. */
const ASK_MS = 10_000;

/**
 * A schema on the disk: a composed supergraph, a supergraph.yaml, or a plain schema.
 * @throws ConfigError with what is wrong with it
 */
export async function loadVersionFromFile(file: string, env: Environment): Promise<SchemaVersion> {
  if (!/\.ya?ml$/i.test(file)) {
    const text = await readFromDisk(file, file);
    if (!/@(join__|core\b)/.test(text)) return plainVersion(text, file);
  }
  return composedVersion(file, file, env, readFromDisk);
}

/** The schema that a supergraph.yaml of a commit stands for. @throws ConfigError with what is wrong with it */
export async function loadVersionFromGit(commit: GitCommit, file: string, env: Environment): Promise<SchemaVersion> {
  const text = await commit.readText(file, file);
  if (/subgraph_url\s*:/.test(text)) {
    throw new ConfigError([
      `${file} at ${commit.title} asks running subgraphs for their schemas, which git does not keep; compare with a composed supergraph file instead`,
    ]);
  }
  return composedVersion(commit.title, file, env, commit.readText);
}

async function composedVersion(title: string, file: string, env: Environment, readText: ReadText): Promise<SchemaVersion> {
  const texts = new Map<string, string>();
  const remember: ReadText = async (path, shown) => {
    const text = await readText(path, shown);
    texts.set(path, text);
    return text;
  };
  try {
    const signal = AbortSignal.timeout(ASK_MS);
    const { sdl, subgraphFiles } = await loadSupergraph({ file, env, logger: silentLogger, signal, readText: remember });
    const supergraph = createSupergraph(sdl, { from: file, allowUnenforcedAuthorization: true });
    const subgraphs = [...supergraph.subgraphs].flatMap(([name, routingUrl]) => {
      const schema = supergraph.subgraphSchema(name);
      const path = subgraphFiles.get(name);
      return schema ? [[name, { schema, routingUrl, file: path, sdl: path === undefined ? undefined : texts.get(path) }] as const] : [];
    });
    return { title, api: supergraph.schema, subgraphs: new Map(subgraphs) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      error.problems.map((problem) => (title === file ? problem : `at ${title}: ${problem}`)),
      { code: error.code, cause: error },
    );
  }
}

function plainVersion(text: string, file: string): SchemaVersion {
  const document = parseOrExplain(text, file);
  try {
    const api = buildASTSchema(document, { assumeValidSDL: false });
    const problems = validateSchema(api);
    if (problems.length === 0) return { title: file, api, subgraphs: undefined };
    throw new ConfigError(problems.map((problem) => `${file}: ${problem.message}`));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const federated = /@(key|link|shareable|external)\b/.test(text)
      ? ' (a subgraph alone is no schema for clients: compare with a supergraph.yaml, a composed supergraph, or a git ref)'
      : '';
    throw new ConfigError([`${file}: ${toMessage(error).split('\n')[0]}${federated}`], { cause: error });
  }
}

function parseOrExplain(text: string, file: string): DocumentNode {
  try {
    return parse(new Source(text, file));
  } catch (error) {
    const at = (error as { locations?: readonly { line: number; column: number }[] }).locations?.[0];
    throw new ConfigError([`${file}${at ? `:${at.line}:${at.column}` : ''}: ${toMessage(error)}`], { cause: error });
  }
}

async function readFromDisk(file: string, shown: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([explainReadFailure(error, shown)], { cause: error });
  });
}
