import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph as FederationSupergraph, errorCauses } from '@apollo/federation-internals';
import { GraphQLError, Kind, Source, parse, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { sortKeys } from './sort-keys.ts';

/** Features that say who may see what. Ignoring them would hand out what the schema's author protected. */
const AUTHORIZATION = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\//;

/** A connector's fields are answered by REST calls that this gateway does not make. */
const CONNECT = /^https:\/\/specs\.apollo\.dev\/connect\//;

/**
 * Reads a composed supergraph.
 * @param from where the text is from, for messages
 * @throws ConfigError SUPERGRAPH_INVALID that says what is wrong and where
 */
export function parseSupergraph(sdl: string, from: string, options: { allowUnenforcedAuthorization: boolean }): FederationSupergraph {
  const document = parseText(sdl, from);
  checkFeatures(document, from, options);
  const supportedFeatures = new Set(ROUTER_SUPPORTED_SUPERGRAPH_FEATURES);
  try {
    const supergraph = FederationSupergraph.build(sortKeys(document), { supportedFeatures });
    supergraph.apiSchema(); // what is hidden may leave no schema: a contract can do that
    return supergraph;
  } catch (error) {
    const causes = error instanceof GraphQLError ? (errorCauses(error) ?? [error]) : [error];
    throw invalid(
      causes.map((cause) => `${placeOf(cause, from)}: ${toMessage(cause)}`),
      error,
    );
  }
}

function parseText(sdl: string, from: string): DocumentNode {
  try {
    return parse(new Source(sdl, from));
  } catch (error) {
    throw invalid([`${placeOf(error, from)}: ${toMessage(error)}${sdl.trim() === '' ? ' (the file is empty)' : ''}`], error);
  }
}

function checkFeatures(
  document: DocumentNode,
  from: string,
  { allowUnenforcedAuthorization }: { allowUnenforcedAuthorization: boolean },
): void {
  const features = linkedFeatures(document);
  const problems: string[] = [];
  const at = (directive: ConstDirectiveNode): string => `${from}:${directive.loc?.startToken.line ?? 1}`;
  if (features.length === 0) {
    throw invalid([
      `${from}: this is no composed federation 2 supergraph: its schema links no feature. To use subgraph schemas, name them in a supergraph.yaml`,
    ]);
  }
  for (const { url, directive } of features) {
    if (/\/join\/v0\.1$/.test(url))
      problems.push(
        `${at(directive)}: this supergraph was composed with federation 1 (${url}); compose its subgraphs again with federation 2`,
      );
    if (CONNECT.test(url))
      problems.push(
        `${at(directive)}: the supergraph uses connectors (${url}), which this gateway does not run`,
        ...connectedFields(document).map(({ field, line }) => `${from}:${line}: ${field} is answered by a connector`),
      );
    if (AUTHORIZATION.test(url) && !allowUnenforcedAuthorization) {
      problems.push(
        `${at(directive)}: the supergraph protects fields with ${url}, which this gateway does not enforce yet; it does not start, because it would hand out what is protected`,
      );
    }
  }
  if (problems.length > 0) throw invalid(problems);
}

/** The fields and types that composition says a @connect of. */
function connectedFields(document: DocumentNode): { field: string; line: number }[] {
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
    const type = definition.name.value;
    const members = [
      { field: type, directives: definition.directives },
      ...(definition.fields ?? []).map(({ name, directives }) => ({ field: `${type}.${name.value}`, directives })),
    ];
    return members.flatMap(({ field, directives = [] }) => {
      const connect = directives.find(
        (directive) => directive.name.value === 'join__directive' && /^connect(__connect)?$/.test(stringArgument(directive, 'name') ?? ''),
      );
      return connect ? [{ field, line: connect.loc?.startToken.line ?? 1 }] : [];
    });
  });
}

function stringArgument({ arguments: given }: ConstDirectiveNode, name: string): string | undefined {
  const value = given?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function linkedFeatures(document: DocumentNode): { url: string; directive: ConstDirectiveNode }[] {
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) return [];
    return (definition.directives ?? []).flatMap((directive) => {
      if (directive.name.value !== 'link' && directive.name.value !== 'core') return [];
      const value = directive.arguments?.find(({ name }) => name.value === 'url' || name.value === 'feature')?.value;
      return value?.kind === Kind.STRING ? [{ url: value.value, directive }] : [];
    });
  });
}

function placeOf(error: unknown, from: string): string {
  if (!(error instanceof GraphQLError)) return from;
  const token = error.nodes?.find((node) => node.loc)?.loc?.startToken;
  const at = error.locations?.[0] ?? (token && { line: token.line, column: token.column });
  return at ? `${from}:${at.line}:${at.column}` : from;
}

function invalid(problems: readonly string[], cause?: unknown): ConfigError {
  return new ConfigError(problems, { code: 'SUPERGRAPH_INVALID', cause });
}
