import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError } from '../../platform/foundation/errors.ts';
import { expandEnv } from './expand-env.ts';
import { explainReadFailure } from './read-failure.ts';

/** Where a subgraph's schema comes from. */
export type SchemaSource =
  | { readonly kind: 'file'; /** Absolute. */ readonly path: string }
  | { readonly kind: 'subgraph_url'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'sdl'; readonly text: string };

/** One subgraph of a `supergraph.yaml`. */
export interface SubgraphConfig {
  readonly name: string;
  readonly routingUrl: string;
  readonly schema: SchemaSource;
  /** `supergraph.yaml:12`, for messages. */
  readonly where: string;
}

/** What a `supergraph.yaml` says, environment filled in. */
export interface SupergraphConfig {
  readonly subgraphs: readonly SubgraphConfig[];
}

/**
 * Reads Rover's configuration file. Relative paths in it start at its own folder.
 * @throws ConfigError CONFIG_INVALID with every problem as `file:line: what`
 */
export async function loadConfig(file: string, env: Environment): Promise<SupergraphConfig> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([explainReadFailure(error, file)], { cause: error });
  });
  return parseConfig(text, file, env);
}

/** As `loadConfig`, from text. `file` is for messages and for relative paths. */
export function parseConfig(text: string, file: string, env: Environment): SupergraphConfig {
  const reader = new ConfigReader(text, file, env);
  const subgraphs = reader.read();
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return { subgraphs };
}

/** Walks the YAML tree and collects problems with their lines instead of stopping at the first. */
class ConfigReader {
  readonly #problems: { readonly line: number; readonly text: string }[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #env: Environment;
  readonly #lines = new LineCounter();

  constructor(text: string, file: string, env: Environment) {
    this.#text = text;
    this.#file = file;
    this.#env = env;
  }

  /** In the order of the file. */
  get problems(): string[] {
    return this.#problems.toSorted((one, other) => one.line - other.line).map(({ line, text }) => `${this.#file}:${line}: ${text}`);
  }

  read(): SubgraphConfig[] {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of document.errors) {
      const line = this.#lines.linePos(error.pos[0]).line;
      const name = /^\s*(\S+):/.exec(this.#text.split('\n')[line - 1] ?? '')?.[1];
      this.#problem(line, error.code === 'DUPLICATE_KEY' ? `the name ${name ?? ''} is used twice` : `not YAML: ${error.message}`);
    }
    if (document.errors.length > 0) return [];
    const root = this.#map(document.contents, 1, 'the file');
    if (!root) return [];
    this.#onlyKeys(root, ['federation_version', 'subgraphs']);
    this.#checkVersion(this.#pair(root, 'federation_version'));
    const pair = this.#pair(root, 'subgraphs');
    if (!pair) this.#problem(1, 'subgraphs is missing');
    const subgraphs = pair && this.#map(pair.value, this.#line(pair.key), 'subgraphs');
    if (!subgraphs) return [];
    if (subgraphs.items.length === 0) this.#problem(this.#line(pair.key), 'subgraphs is empty');
    return subgraphs.items.flatMap((item) => this.#subgraph(item) ?? []);
  }

  #subgraph(pair: Pair): SubgraphConfig | undefined {
    const line = this.#line(pair.key);
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const body = this.#map(pair.value, line, `subgraph ${name}`);
    if (!body) return undefined;
    this.#onlyKeys(body, ['routing_url', 'schema']);
    const schemaPair = this.#pair(body, 'schema');
    const schema = schemaPair
      ? this.#schema(schemaPair, name)
      : this.#problem(line, `subgraph ${name}: schema is missing; expected file, subgraph_url or sdl below it`);
    const routingUrl =
      this.#url(body, 'routing_url') ?? (schema?.kind === 'subgraph_url' && !this.#pair(body, 'routing_url') ? schema.url : undefined);
    if (!this.#pair(body, 'routing_url') && routingUrl === undefined) this.#problem(line, `subgraph ${name}: routing_url is missing`);
    if (schema === undefined || routingUrl === undefined) return undefined;
    return { name, routingUrl, schema, where: `${this.#file}:${line}` };
  }

  #schema(pair: Pair, subgraph: string): SchemaSource | undefined {
    const line = this.#line(pair.key);
    const body = this.#map(pair.value, line, 'schema');
    if (!body) return undefined;
    this.#onlyKeys(body, ['file', 'subgraph_url', 'sdl', 'introspection_headers']);
    const given = ['file', 'subgraph_url', 'sdl'].filter((key) => this.#pair(body, key));
    if (given.length !== 1)
      return this.#problem(
        line,
        `subgraph ${subgraph}: expected one of file, subgraph_url and sdl, found ${given.join(' and ') || 'none'}`,
      );
    if (given[0] === 'file') {
      const path = this.#string(body, 'file');
      return path === undefined ? undefined : { kind: 'file', path: resolve(dirname(this.#file), path) };
    }
    if (given[0] === 'sdl') {
      const text = this.#string(body, 'sdl', { expand: false }); // `$` is GraphQL's own
      return text === undefined ? undefined : { kind: 'sdl', text };
    }
    const url = this.#url(body, 'subgraph_url');
    return url === undefined ? undefined : { kind: 'subgraph_url', url, headers: this.#headers(body) };
  }

  #headers(body: YAMLMap): Record<string, string> {
    const pair = this.#pair(body, 'introspection_headers');
    const map = pair && this.#map(pair.value, this.#line(pair.key), 'introspection_headers');
    const entries = map?.items.map((item) => [
      String(isScalar(item.key) ? item.key.value : ''),
      this.#string(map, String(isScalar(item.key) ? item.key.value : '')) ?? '',
    ]);
    return Object.fromEntries(entries ?? []) as Record<string, string>;
  }

  #checkVersion(pair: Pair | undefined): void {
    if (!pair) return;
    const version = isScalar(pair.value) ? String(pair.value.value) : '';
    if (!/^(latest-)?=?2(\.\d+){0,2}$/.test(version))
      this.#problem(this.#line(pair.key), `federation_version ${version} is not supported; expected 2 or =2.x.y`);
  }

  #url(body: YAMLMap, key: string): string | undefined {
    const value = this.#string(body, key);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
    return this.#problem(this.#line(this.#pair(body, key)?.key), `${key} must be a URL that starts with http:// or https://, not ${value}`);
  }

  #string(body: YAMLMap, key: string, { expand = true } = {}): string | undefined {
    const pair = this.#pair(body, key);
    if (!pair) return undefined;
    const value = isScalar(pair.value) ? pair.value.value : undefined;
    if (typeof value !== 'string' || value.trim() === '') return this.#problem(this.#line(pair.key), `${key} must be text`);
    if (!expand) return value;
    let failed = false;
    const expanded = expandEnv(value, this.#env, (problem) => {
      failed = true;
      this.#problem(this.#line(pair.key), `${key}: ${problem}`);
    });
    return failed ? undefined : expanded;
  }

  #onlyKeys(body: YAMLMap, known: readonly string[]): void {
    for (const { key } of body.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (!known.includes(name)) this.#problem(this.#line(key), `${name} is not known here; known are ${known.join(', ')}`);
    }
  }

  #map(node: unknown, line: number, what: string): YAMLMap | undefined {
    if (isMap(node)) return node;
    return this.#problem(line, `${what} must be a map of names to values`);
  }

  #pair(map: YAMLMap, key: string): Pair | undefined {
    return map.items.find((item) => isScalar(item.key) && item.key.value === key);
  }

  #line(node: unknown): number {
    const range = (node as Node | null | undefined)?.range;
    return range ? this.#lines.linePos(range[0]).line : 1;
  }

  #problem(line: number, text: string): undefined {
    this.#problems.push({ line, text });
    return undefined;
  }
}
