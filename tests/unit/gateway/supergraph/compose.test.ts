import { describe, expect, it } from '@jest/globals';
import { composeSupergraph, type SubgraphDefinition } from '../../../../gateway/supergraph/compose.ts';
import { ConfigError } from '../../../../platform/foundation/errors.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n';
const define = (name: string, sdl: string): SubgraphDefinition => ({
  name,
  sdl,
  routingUrl: `http://${name}.test`,
  from: `schema/${name}.graphql`,
});

function problemsOf(...subgraphs: SubgraphDefinition[]): readonly string[] {
  try {
    composeSupergraph(subgraphs);
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'COMPOSITION_FAILED') return error.problems;
    throw error;
  }
  return [];
}

describe('composition', () => {
  it('makes one supergraph, the same whatever the order', () => {
    const subgraphs = [
      define('a', `${link} type Query { a: T } type T @key(fields: "id") { id: ID! }`),
      define('b', `${link} type T @key(fields: "id") { id: ID! n: Int }`),
    ];

    expect(composeSupergraph(subgraphs).sdl).toBe(composeSupergraph(subgraphs.toReversed()).sdl);
    expect(composeSupergraph(subgraphs).sdl).toContain('@join__graph(name: "b", url: "http://b.test")');
  });

  it('says file, line and column of a syntax error, for all files', () => {
    expect(problemsOf(define('a', 'type Query {\n  a: \n}'), define('b', 'type'))).toEqual([
      'schema/a.graphql:3:1: [a] Syntax Error: Expected Name, found "}".',
      'schema/b.graphql:1:5: [b] Syntax Error: Expected Name, found <EOF>.',
    ]);
  });

  it('says file, line, column and code of a schema that is wrong by itself', () => {
    expect(problemsOf(define('a', `${link}type Query {\n  a: Nope\n}`))).toEqual([
      expect.stringMatching(/^schema\/a\.graphql:3:6: INVALID_GRAPHQL \[a\] Unknown type Nope\n +to do: correct this subgraph/),
    ]);
    expect(problemsOf(define('a', `${link}type Query { a: T }\ntype T @key(fields: "nope") { id: ID! }`))).toEqual([
      expect.stringMatching(/^schema\/a\.graphql:3:8 and schema\/a\.graphql:3:1: KEY_INVALID_FIELDS .*nope/),
    ]);
  });

  it('says which files do not fit together', () => {
    const [problem] = problemsOf(
      define('a', `${link}type Query { a: Int }\ntype T { n: Int }`),
      define('b', `${link}type Query { b: T }\ntype T { n: Int }`),
    );

    expect(problem).toMatch(/^schema\/a\.graphql:3:10 and schema\/b\.graphql:3:10: INVALID_FIELD_SHARING /);
  });

  it('says what to do about the common errors', () => {
    const [problem] = problemsOf(define('a', `${link}type Query { a: Int }`), define('b', `${link}type Query { a: Int }`));

    expect(problem).toContain('to do: mark the field @shareable in every subgraph');
  });

  it('hints at what composes but could be better, with its places', () => {
    const { hints } = composeSupergraph([
      define('a', `${link}type Query { a: T @shareable }\ntype T @shareable { n: Int! }`),
      define('b', `${link}type Query { a: T @shareable }\ntype T @shareable { n: Int }`),
    ]);

    expect(hints).toEqual([
      expect.stringMatching(/^schema\/a\.graphql:3:21 and schema\/b\.graphql:3:21: INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE /),
    ]);
  });

  it('says which field nobody can reach', () => {
    const problems = problemsOf(
      define('a', `${link}type Query { a: T } type T @key(fields: "id") { id: ID! }`),
      define('b', `${link}type T @key(fields: "id", resolvable: false) { id: ID! n: Int }`),
    );

    expect(problems[0]).toContain('SATISFIABILITY_ERROR');
  });

  it('says so when there is no query', () => {
    expect(problemsOf(define('a', `${link}type T @key(fields: "id") { id: ID! }`))).toEqual([expect.stringContaining('NO_QUERIES')]);
  });
});
