import { describe, expect, it } from '@jest/globals';
import { loadConfig, parseConfig } from '../../../../gateway/supergraph/load-config.ts';
import { ConfigError } from '../../../../platform/foundation/errors.ts';

const file = '/etc/graph/supergraph.yaml';
const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, file, env).subgraphs;

function problemsOf(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.replace(file, 'F'));
    throw error;
  }
  return [];
}

describe('a supergraph.yaml', () => {
  it('names subgraphs with the three sources of a schema', () => {
    const text = `
federation_version: =2.14.0
subgraphs:
  a:
    routing_url: http://a.test/graphql
    schema: { file: ./a.graphql }
  b:
    routing_url: https://b.test
    schema:
      subgraph_url: http://b.test/introspect
      introspection_headers: { Authorization: "Bearer \${env.TOKEN}" }
  c:
    routing_url: \${env.C_URL:-http://c.test}
    schema:
      sdl: |
        type Query { c(price: String = "\${env.NOT_OURS}"): Int }
  d:
    schema: { subgraph_url: http://d.test/graphql }
`;

    expect(parse(text, { TOKEN: 't' })).toEqual([
      { name: 'a', routingUrl: 'http://a.test/graphql', schema: { kind: 'file', path: '/etc/graph/a.graphql' }, where: `${file}:4` },
      {
        name: 'b',
        routingUrl: 'https://b.test',
        schema: { kind: 'subgraph_url', url: 'http://b.test/introspect', headers: { Authorization: 'Bearer t' } },
        where: `${file}:7`,
      },
      {
        name: 'c',
        routingUrl: 'http://c.test',
        schema: { kind: 'sdl', text: 'type Query { c(price: String = "${env.NOT_OURS}"): Int }\n' },
        where: `${file}:12`,
      },
      {
        name: 'd',
        routingUrl: 'http://d.test/graphql',
        schema: { kind: 'subgraph_url', url: 'http://d.test/graphql', headers: {} },
        where: `${file}:17`,
      },
    ]);
  });

  it('takes variables of the environment, and defaults for those that are not set or empty', () => {
    const text = 'subgraphs: { a: { routing_url: "${env.HOST:-http://x}/${env.PATH_:-p}", schema: { file: "${env.DIR}/a.graphql" } } }';

    expect(parse(text, { HOST: 'http://h', PATH_: '', DIR: '/d' })[0]).toMatchObject({
      routingUrl: 'http://h/p',
      schema: { path: '/d/a.graphql' },
    });
  });
});

const good = 'routing_url: http://a.test\n    schema: { sdl: x }';

describe('a supergraph.yaml is refused, with file and line, when', () => {
  it.each([
    ['it is empty', '', ['F:1: the file must be a map of names to values']],
    ['it is a text', 'hello', ['F:1: the file must be a map of names to values']],
    ['it has no subgraphs', 'federation_version: 2', ['F:1: subgraphs is missing']],
    ['its subgraphs are none', 'subgraphs: {}', ['F:1: subgraphs is empty']],
    ['its subgraphs are a list', 'subgraphs:\n  - a', ['F:1: subgraphs must be a map of names to values']],
    [
      'a key is unknown',
      `subgraphs:\n  a:\n    ${good}\n    url: x\nother: 1`,
      [
        'F:5: url is not known here; known are routing_url, schema',
        'F:6: other is not known here; known are federation_version, subgraphs',
      ],
    ],
    [
      'the version is another',
      `federation_version: 1\nsubgraphs:\n  a:\n    ${good}`,
      ['F:1: federation_version 1 is not supported; expected 2 or =2.x.y'],
    ],
    ['two subgraphs have one name', `subgraphs:\n  a:\n    ${good}\n  a:\n    ${good}`, ['F:5: the name a is used twice']],
    ['a routing_url is missing', 'subgraphs:\n  a:\n    schema: { sdl: x }', ['F:2: subgraph a: routing_url is missing']],
    [
      'a routing_url is no URL',
      'subgraphs:\n  a:\n    routing_url: ftp://x\n    schema: { sdl: x }',
      ['F:3: routing_url must be a URL that starts with http:// or https://, not ftp://x'],
    ],
    ['a routing_url is no text', 'subgraphs:\n  a:\n    routing_url: 5\n    schema: { sdl: x }', ['F:3: routing_url must be text']],
    [
      'a schema is missing',
      'subgraphs:\n  a:\n    routing_url: http://a.test',
      ['F:2: subgraph a: schema is missing; expected file, subgraph_url or sdl below it'],
    ],
    [
      'a schema has two sources',
      'subgraphs:\n  a:\n    routing_url: http://a.test\n    schema: { file: x, sdl: y }',
      ['F:4: subgraph a: expected one of file, subgraph_url and sdl, found file and sdl'],
    ],
    [
      'a schema has no source',
      'subgraphs:\n  a:\n    routing_url: http://a.test\n    schema: {}',
      ['F:4: subgraph a: expected one of file, subgraph_url and sdl, found none'],
    ],
    ['a subgraph is a text', 'subgraphs:\n  a: x', ['F:2: subgraph a must be a map of names to values']],
    [
      'a variable is not set',
      'subgraphs:\n  a:\n    routing_url: ${env.NOPE}\n    schema: { sdl: x }',
      ['F:3: routing_url: the environment variable NOPE is not set; set it, or write ${env.NOPE:-default}'],
    ],
    [
      'a placeholder is of another kind',
      'subgraphs:\n  a:\n    routing_url: http://${file.x}\n    schema: { sdl: x }',
      ['F:3: routing_url: ${file.x} is not understood; expected ${env.NAME} or ${env.NAME:-default}'],
    ],
  ])('%s', (_title, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it.each([['a: [1'], ['a: b: c'], ['\tx: 1'], ['%'], ['a: "']])('it is not YAML: %j', (text) => {
    expect(problemsOf(text)[0]).toMatch(/^F:\d+: (not YAML: .|the file must be)/);
  });

  it('all problems are told at once', () => {
    expect(problemsOf('subgraphs:\n  a: {}\n  b: { routing_url: x, schema: { sdl: "" } }')).toHaveLength(4);
  });

  it('it is not there', async () => {
    await expect(loadConfig('/nowhere/supergraph.yaml', {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: ['/nowhere/supergraph.yaml: there is no such file'],
    });
  });
});
