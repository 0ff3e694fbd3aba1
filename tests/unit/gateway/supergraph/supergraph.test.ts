import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';
import { CurrentSupergraph } from '../../../../gateway/supergraph/current-supergraph.ts';
import { createSupergraph } from '../../../../gateway/supergraph/supergraph.ts';
import { ConfigError } from '../../../../platform/foundation/errors.ts';

const ours = readFileSync('schema/supergraph.graphql', 'utf8');
const link = (names: string): string => `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names}])\n`;
const compose = (sdl: string): string => composeSupergraph([{ name: 'a', sdl, routingUrl: 'http://a.test', from: 'a.graphql' }]).sdl;

function problemsOf(sdl: string): readonly string[] {
  try {
    createSupergraph(sdl, { from: 'graph.graphql' });
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'SUPERGRAPH_INVALID') return error.problems;
    throw error;
  }
  return [];
}

describe('a supergraph', () => {
  it('knows its subgraphs and their URLs', () => {
    expect([...createSupergraph(ours).subgraphs.keys()]).toEqual(['payments', 'users']);
  });

  it('shows clients neither hidden elements nor the words of federation', () => {
    const { schema } = createSupergraph(
      compose(`${link('"@inaccessible", "@tag"')} type Query { a: Int hidden: Int @inaccessible b: Int @tag(name: "x") }`),
    );

    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual(['a', 'b']);
    expect(schema.getDirectives().map(({ name }) => name)).not.toContain('join__field');
    expect(schema.getType('join__Graph')).toBeUndefined();
  });

  it('has the same id for the same text, and another for another', () => {
    expect(createSupergraph(ours).id).toBe(createSupergraph(ours).id);
    expect(createSupergraph(`${ours}\n# changed`).id).not.toBe(createSupergraph(ours).id);
  });
});

describe('a supergraph is refused, saying what and where, when it is', () => {
  it.each([
    ['cut off', ours.slice(0, ours.length / 2), /^graph\.graphql:\d+:\d+: (Syntax Error|Unknown|Cannot)/],
    ['empty', '', /^graph\.graphql:1:1: Syntax Error: Unexpected <EOF>\. \(the file is empty\)$/],
    ['not GraphQL', 'subgraphs:\n  a: 1', /^graph\.graphql:1:1: Syntax Error/],
    ['the schema of a subgraph', `${link('"@key"')} type Query { a: Int }`, /^graph\.graphql/],
    ['a plain schema', 'type Query { a: Int }', /^graph\.graphql: this is no composed federation 2 supergraph/],
    ['of federation 1', ours.replace('/join/v0.5', '/join/v0.1'), /^graph\.graphql:\d+: this supergraph was composed with federation 1/],
    ['of an unknown join version', ours.replace('/join/v0.5', '/join/v9.9'), /join.*v9\.9/],
    [
      'of an unknown feature that matters',
      ours.replace(
        '@link(url: "https://specs.apollo.dev/join',
        '@link(url: "https://example.com/lock/v1.0", for: SECURITY) @link(url: "https://specs.apollo.dev/join',
      ),
      /^graph\.graphql:\d+.*lock\/v1\.0/,
    ],
  ])('%s', (_title, sdl, expected) => {
    expect(problemsOf(sdl)[0]).toMatch(expected);
  });

  it('with connectors: their fields are named, with their lines', () => {
    const { sdl } = composeSupergraph([
      {
        name: 'people',
        routingUrl: 'http://people.test',
        from: 'people.graphql',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.10", import: ["@key"])
          @link(url: "https://specs.apollo.dev/connect/v0.1", import: ["@connect"])
          type Query { people: [Person] @connect(http: { GET: "http://api.test/people" }, selection: "id name") }
          type Person { id: ID! name: String }`,
      },
    ]);

    expect(problemsOf(sdl)).toEqual([
      expect.stringMatching(
        /^graph\.graphql:\d+: the supergraph uses connectors \(https:\S+connect\S+\), which this gateway does not run$/,
      ),
      expect.stringMatching(/^graph\.graphql:\d+: Query\.people is answered by a connector$/),
    ]);
  });

  it.each(['@authenticated', '@requiresScopes(scopes: [["a"]])', '@policy(policies: [["a"]])'])(
    'protected by %s, which nothing here enforces',
    (directive) => {
      const sdl = compose(`${link(`"${directive.replace(/\(.*/, '')}"`)} type Query { a: Int ${directive} }`);

      expect(problemsOf(sdl)).toEqual([
        expect.stringMatching(/^graph\.graphql:\d+: the supergraph protects fields with .* does not enforce/),
      ]);
      expect(createSupergraph(sdl, { allowUnenforcedAuthorization: true }).schema.getQueryType()?.getFields()['a']).toBeDefined();
    },
  );
});

describe('the current supergraph', () => {
  it('is replaced whole, and listeners hear of it until they leave', () => {
    const [first, second] = [createSupergraph(ours), createSupergraph(`${ours}\n# second`)];
    const current = new CurrentSupergraph();
    const heard: string[] = [];
    const leave = current.onReplaced(({ id }) => heard.push(id));
    expect(current.current).toBeUndefined();

    current.replace(first);
    current.replace(first);
    current.replace(second);
    leave();
    current.replace(first);

    expect(heard).toEqual([first.id, second.id]);
    expect(current.current).toBe(first);
  });
});
