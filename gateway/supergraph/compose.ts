import { composeServices, type CompositionResult } from '@apollo/composition';
import { GraphQLError, Source, parse, type ASTNode, type DocumentNode } from 'graphql';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { adviceFor } from './composition-advice.ts';

/** One subgraph, ready to be composed. */
export interface SubgraphDefinition {
  readonly name: string;
  readonly routingUrl: string;
  readonly sdl: string;
  /** The file or URL that the SDL came from, for messages. */
  readonly from: string;
}

/** A composed supergraph and what the composition would like to have better, as `file:line:column: CODE what`. */
export interface ComposedSupergraph {
  readonly sdl: string;
  readonly hints: readonly string[];
}

/**
 * Composes subgraphs into one supergraph SDL. The same subgraphs give the same text, whatever their order.
 * @throws ConfigError COMPOSITION_FAILED with every problem as `file:line:column: CODE what`, and on a second line what to do
 */
export function composeSupergraph(subgraphs: readonly SubgraphDefinition[]): ComposedSupergraph {
  const problems: string[] = [];
  const services = subgraphs.flatMap((subgraph) => {
    const typeDefs = parseSdl(subgraph, problems);
    return typeDefs ? [{ name: subgraph.name, url: subgraph.routingUrl, typeDefs }] : [];
  });
  if (problems.length > 0) throw new ConfigError(problems, { code: 'COMPOSITION_FAILED' });
  const sources = new Map(subgraphs.map(({ name, from }) => [name, from]));
  const result = composeServices(services);
  if (result.errors) {
    throw new ConfigError(
      result.errors.map((error) => explain(error, sources)),
      { code: 'COMPOSITION_FAILED' },
    );
  }
  return { sdl: `${result.supergraphSdl.trimEnd()}\n`, hints: result.hints.map((hint) => explainHint(hint, sources)) };
}

function parseSdl({ name, sdl, from }: SubgraphDefinition, problems: string[]): DocumentNode | undefined {
  try {
    return parse(new Source(sdl, from));
  } catch (error) {
    const at = error instanceof GraphQLError ? error.locations?.[0] : undefined;
    const empty = sdl.trim() === '' ? ' (it is empty)' : '';
    problems.push(`${at ? `${from}:${at.line}:${at.column}` : from}: [${name}] ${toMessage(error)}${empty}`);
    return undefined;
  }
}

/** `users.graphql:12:3 and payments.graphql:40:3: CODE message`, and on the next line what to do. */
function explain(error: GraphQLError, sources: ReadonlyMap<string, string>): string {
  const bySubgraph = /^\[([^\]]+)\]/.exec(error.message)?.[1];
  const where = placesOf(error.nodes ?? [], sources) ?? (bySubgraph === undefined ? undefined : sources.get(bySubgraph));
  const code = typeof error.extensions['code'] === 'string' ? error.extensions['code'] : '';
  const advice = adviceFor(code);
  return `${where === undefined ? '' : `${where}: `}${code && `${code} `}${error.message}${advice === undefined ? '' : `\n      to do: ${advice}`}`;
}

function explainHint(hint: CompositionHint, sources: ReadonlyMap<string, string>): string {
  const where = placesOf(hint.nodes ?? [], sources);
  return `${where === undefined ? '' : `${where}: `}${hint.definition.code} ${hint.message}`;
}

type CompositionHint = NonNullable<CompositionResult['hints']>[number];
type NodeOfSubgraph = ASTNode & { readonly subgraph?: string };

function placesOf(nodes: readonly NodeOfSubgraph[], sources: ReadonlyMap<string, string>): string | undefined {
  const places = nodes.map((node) => placeOf(node, sources)).filter((place) => place !== undefined);
  return places.length > 0 ? [...new Set(places)].join(' and ') : undefined;
}

function placeOf(node: NodeOfSubgraph, sources: ReadonlyMap<string, string>): string | undefined {
  const from = node.subgraph === undefined ? node.loc?.source.name : sources.get(node.subgraph);
  if (from === undefined) return undefined;
  return node.loc ? `${from}:${node.loc.startToken.line}:${node.loc.startToken.column}` : from;
}
