import { parse, type DocumentNode } from 'graphql';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { composeSupergraph, type SubgraphDefinition } from '../supergraph/compose.ts';
import { textOf } from './call-recorder.ts';
import { describe, isDocument, isObject } from './check-test-graph.ts';
import type { MatcherContext, MatcherOutcome } from './matcher-context.ts';

/** An SDL, or several with the names that messages shall have: `{ users: sdl }`. */
export type NamedSdls = string | DocumentNode | Readonly<Record<string, string | DocumentNode>>;

/** Whether subgraphs compose into one supergraph. An SDL that cannot be read is an error either way, also with `.not`. */
export function toComposeWith(this: MatcherContext, received: unknown, ...others: unknown[]): MatcherOutcome {
  const definitions = [
    ...toDefinitions(received, 'received'),
    ...others.flatMap((other, index) => toDefinitions(other, `other${index + 1}`)),
  ];
  const names = definitions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`toComposeWith: expected every subgraph once, got ${twice} twice`);
  const problems = compose(definitions);
  return {
    pass: problems.length === 0,
    message: () =>
      [
        this.utils.matcherHint('toComposeWith', 'sdl', 'sdl', { isNot: this.isNot ?? false }),
        '',
        problems.length === 0
          ? `Expected ${names.join(', ')} not to compose, and they do`
          : `Expected ${names.join(', ')} to compose, got:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      ].join('\n'),
  };
}

function compose(definitions: readonly SubgraphDefinition[]): readonly string[] {
  try {
    composeSupergraph(definitions);
    return [];
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'COMPOSITION_FAILED') return error.problems;
    throw error;
  }
}

function toDefinitions(given: unknown, name: string): SubgraphDefinition[] {
  const expected = 'toComposeWith: expected an SDL as text or document, or { name: sdl }';
  if (isDocument(given)) return [toDefinition(name, given as string | DocumentNode)];
  if (!isObject(given) || Object.keys(given).length === 0) throw new TypeError(`${expected}, got ${describe(given)}`);
  return Object.entries(given).map(([ownName, sdl]) => {
    if (!isDocument(sdl)) throw new TypeError(`${expected}, got ${describe(sdl)} for ${ownName}`);
    return toDefinition(ownName, sdl as string | DocumentNode);
  });
}

function toDefinition(name: string, sdl: string | DocumentNode): SubgraphDefinition {
  const text = textOf(sdl);
  try {
    parse(text);
  } catch (error) {
    throw new TypeError(`toComposeWith: expected an SDL for ${name}, got ${describe(text)}: ${toMessage(error)}`, { cause: error });
  }
  return { name, routingUrl: `http://${encodeURIComponent(name)}.invalid/graphql`, sdl: text, from: name };
}
