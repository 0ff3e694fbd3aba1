import { Supergraph } from '@apollo/federation-internals';
import { parse } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { createApolloPlanner } from '../../../../gateway/planning/apollo-planner.ts';
import { PlannerGaveUp, type Planner } from '../../../../gateway/planning/planner.ts';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable", "@interfaceObject"])\n';

function plannerOf(subgraphs: Readonly<Record<string, string>>): Planner {
  const definitions = Object.entries(subgraphs).map(([name, sdl]) => ({
    name,
    routingUrl: 'http://127.0.0.1:1',
    sdl: link + sdl,
    from: name,
  }));
  return createApolloPlanner(Supergraph.build(composeSupergraph(definitions).sdl));
}

/** The texts of the fetches, in the order of the plan. */
function fetchesOf(planner: Planner, query: string): string[] {
  const texts: string[] = [];
  JSON.stringify(planner.plan(parse(query)), (key, value: unknown) => {
    if (key === 'operation' && typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

describe("what Apollo's planner gets wrong", () => {
  it('a subgraph is not asked for a field that it only declares @external', () => {
    const planner = plannerOf({
      root: `type Query { birch: Birch }
        type Birch @key(fields: "id", resolvable: false) { id: ID! sku: String! @external }
        type Box @key(fields: "id") { id: ID! birch: Birch @external note: String @requires(fields: "birch { sku }") }`,
      inputs: 'type Query { b: Int } type Birch @key(fields: "sku") { sku: String! x: String }',
      outputs: `type Query { a: Int } type Box @key(fields: "id") { id: ID! birch: Birch }
        type Birch @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! @shareable x: String @external y: String @requires(fields: "x") }`,
    });

    const [first, ...others] = fetchesOf(planner, '{ birch { y } }');

    expect(first).toBe('{birch{__typename id}}');
    expect(others.map((text) => /on Birch\{(\w+)\}/.exec(text)?.[1])).toEqual(['sku', 'x', 'y']);
  });

  // Without the mend this ends the process: an array grows until V8 gives up.
  it('two fetches of the same items that are joined do not wait in a circle for what stands between them', () => {
    const planner = plannerOf({
      a: `type Query { items: [Item] @shareable } union Any = Birch type Birch @key(fields: "id") { id: ID! }
        type Item @key(fields: "id") @interfaceObject {
          id: ID! next: Item @external others: [Item] more: [Item] first: Any @requires(fields: "next { __typename }")
        }`,
      b: `type Query { items: [Item] @shareable } type Birch @key(fields: "id") { id: ID! shade: Int }
        type Item @key(fields: "id") @interfaceObject {
          id: ID! next: Item others: [Item] @external more: [Item] @external
          second: Int @requires(fields: "others { __typename } more { __typename }")
        }`,
      c: `interface Item @key(fields: "id") { id: ID! } type Birch @key(fields: "id") { id: ID! }
        type Apple implements Item @key(fields: "id") { id: ID! } type Daisy implements Item @key(fields: "id") { id: ID! }`,
    });

    const fetches = fetchesOf(planner, '{ items { first { ... on Birch { id shade __typename } } id ... on Daisy { second } } }');

    for (const field of ['first', 'shade', 'second']) expect(fetches.filter((text) => text.includes(field))).toHaveLength(1);
  });

  it('lists in lists cost what they hold, not twice as much for each level', () => {
    const levels = 60;
    const type = `${'['.repeat(levels)}Int${']'.repeat(levels)}`;
    const planner = plannerOf({ a: `type Query { echo(value: ${type}): Int }` });
    const value = `${'['.repeat(levels)}1${']'.repeat(levels)}`;

    expect(fetchesOf(planner, `{ echo(value: ${value}) }`)).toEqual([`{echo(value:${value})}`]);
  });

  // Every subgraph can be asked for what an item leads to, as its interface or for each of its types.
  const tangled = plannerOf({
    a: `type Query { items: [Item!]! @shareable }
      interface Item @key(fields: "id") { id: ID! next: Item }
      type Apple implements Item @key(fields: "id") { id: ID! next: Item @shareable }
      type Birch implements Item @key(fields: "id") { id: ID! next: Item @shareable }
      type Cedar implements Item @key(fields: "id") { id: ID! next: Item @shareable }`,
    ...Object.fromEntries(
      ['b', 'c', 'd'].map((name) => [
        name,
        `type Query { items: [Item!]! @shareable } type Item @key(fields: "id") @interfaceObject { id: ID! next: Item @shareable ${name}: Int }`,
      ]),
    ),
  });
  const nested = (levels: number): string =>
    levels === 0 ? 'id b c d' : `id b c d next { ${nested(levels - 1)} ... on Apple { b next { c } } }`;

  it('levels of an @interfaceObject are planned, or refused, before they take all memory', () => {
    for (const levels of [1, 2, 3, 4]) {
      const before = process.cpuUsage();
      try {
        expect(fetchesOf(tangled, `{ items { ${nested(levels)} } }`).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(PlannerGaveUp);
      }
      expect(process.cpuUsage(before).user / 1e6).toBeLessThan(20);
    }
  });
});
