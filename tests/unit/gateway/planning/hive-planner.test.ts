import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { readGatewayConfig } from '../../../../gateway/config.ts';
import { createHivePlanner, type HivePlannerOptions, type HivePlannerPackage } from '../../../../gateway/planning/hive-planner.ts';
import type { Planner } from '../../../../gateway/planning/planner.ts';
import { createSupergraph } from '../../../../gateway/supergraph/supergraph.ts';
import { composeFixture, createFederatedGraph } from '../../../support/federated-graph.ts';
import type { SubgraphSource } from '../../../support/fake-subgraph.ts';
import { projectFolder } from '../../../support/service-process.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const graph: readonly SubgraphSource[] = [
  {
    name: 'notes',
    sdl: `${link}
      type Query { first: Note }
      type Subscription { written: Note! }
      type Note { text: String! author: User! }
      type User @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { first: () => ({ text: 'one', author: { __typename: 'User', id: '1' } }) },
      Subscription: {
        written: {
          async *subscribe() {
            for (const id of ['1', '2']) yield await Promise.resolve({ written: { text: `by ${id}`, author: { __typename: 'User', id } } });
          },
        },
      },
    },
  },
  {
    name: 'users',
    sdl: `${link} type User @key(fields: "id") { id: ID! name: String }`,
    resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `user ${id}` }) } },
  },
];
const { sdl, types } = composeFixture(graph);

/** Of a supergraph's planner, with another one that says what it was asked. */
function start(options: Partial<HivePlannerOptions> = {}): { planner: Planner; delegated: string[] } {
  const delegated: string[] = [];
  const other: Planner = {
    plan: () => void delegated.push('plan'),
    planDeferred: () => void delegated.push('planDeferred'),
  };
  return { planner: createHivePlanner(sdl, { types, otherwise: () => other, ...options }), delegated };
}

/** A package whose planner does as it is told. */
const packageThat = (plan: () => never): HivePlannerPackage => ({
  QueryPlanner: class {
    plan = plan;
  },
});

/** One that gives up on nothing, so that what is left to the other planner is left to it on purpose. */
class TakesAll {
  plan(): object {
    return {};
  }
}

function failureOf(loadPackage: () => HivePlannerPackage): unknown {
  try {
    start({ loadPackage });
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("Hive Router's planner", () => {
  it('runs subscriptions, each event completed by the other subgraphs', async () => {
    const { engine } = createFederatedGraph(graph, { planner: 'hive' });
    const prepared = engine.prepare({ query: 'subscription { written { text author { name } } }' });
    if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
    const stream = await engine.subscribe(prepared.operation, undefined, { headers: {}, signal: new AbortController().signal });
    const events = [];
    if (Symbol.asyncIterator in stream) for await (const { data } of stream) events.push(data);

    expect(events).toEqual([
      { written: { text: 'by 1', author: { name: 'user 1' } } },
      { written: { text: 'by 2', author: { name: 'user 2' } } },
    ]);
  });

  it('leaves operations with @defer to the other planner', () => {
    const { planner, delegated } = start();

    planner.planDeferred?.(parse('{ first { ... @defer(label: "a") { text } } }'));
    expect(delegated).toEqual(['planDeferred']);
  });

  it('leaves to the other planner what it gives up on, and nothing else', () => {
    const able = start();
    expect(able.planner.plan(parse('{ first { text } }'))).toMatchObject({ kind: 'Fetch', serviceName: 'notes' });
    expect(able.delegated).toEqual([]);

    const unable = start({
      loadPackage: () =>
        packageThat(() => {
          throw new Error('no path');
        }),
    });
    unable.planner.plan(parse('{ first { text } }'));
    expect(unable.delegated).toEqual(['plan']);
  });

  it('leaves fields with @requires to the other planner: some of them would end the process', () => {
    const imports = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])\n';
    const steps = composeFixture([
      {
        name: 'a',
        sdl: `${imports} type Query { first: Item } type Item @key(fields: "sku") { sku: ID! label: Int @external size: Int @requires(fields: "label") }`,
        resolvers: {},
      },
      { name: 'b', sdl: `${imports} type Item @key(fields: "sku") @key(fields: "id") { sku: ID! id: ID! }`, resolvers: {} },
      { name: 'c', sdl: `${imports} type Item @key(fields: "id") { id: ID! label: Int }`, resolvers: {} },
    ]);
    const delegated: string[] = [];
    const planner = createHivePlanner(steps.sdl, { types: steps.types, otherwise: () => ({ plan: () => void delegated.push('plan') }) });

    expect(planner.plan(parse('{ first { label } }'))).toBeDefined();
    expect(delegated).toEqual([]);
    planner.plan(parse('{ first { size } }'));
    expect(delegated).toEqual(['plan']);
  });

  it.each([
    {
      what: 'all operations of a supergraph with arguments from above',
      subgraphs: [
        `type Query { first: Item } type Item @key(fields: "id") @context(name: "around") { id: ID! tone: String inner: Inner }
         type Inner @key(fields: "id") { id: ID! told(tone: String @fromContext(field: "$around { tone }")): String }`,
        'type Item @key(fields: "id") { id: ID! size: Int }',
      ],
      own: undefined,
      other: '{ first { size } }',
    },
    {
      what: 'fields that are provided somewhere',
      subgraphs: [
        'type Query { first: Item @provides(fields: "label") } type Item @key(fields: "id") { id: ID! label: String @external }',
        'type Item @key(fields: "id") { id: ID! label: String @shareable size: Int }',
      ],
      own: '{ first { size } }',
      other: '{ first { label } }',
    },
    {
      what: 'conditions on a type that some subgraph knows by its interface only',
      subgraphs: [
        'type Query { first: Media } type Media @key(fields: "id") @interfaceObject { id: ID! rating: Int }',
        'interface Media @key(fields: "id") { id: ID! title: String } type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }',
      ],
      own: '{ first { rating title } }',
      other: '{ first { ... on Book { pages } } }',
    },
    {
      what: 'fields that may not be null, under a condition',
      subgraphs: [
        'type Query { first: Item } type Item @key(fields: "id") { id: ID! }',
        'type Item @key(fields: "id") { id: ID! size: Int! }',
      ],
      own: '{ first { size } }',
      other: 'query ($isWanted: Boolean!) { first { size @include(if: $isWanted) } }',
    },
  ])('leaves to the other planner $what', ({ subgraphs, own, other }) => {
    const imports =
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@provides", "@shareable", "@interfaceObject", "@context", "@fromContext"])\n';
    const composed = composeFixture(subgraphs.map((text, index) => ({ name: `s${index}`, sdl: imports + text, resolvers: {} })));
    const delegated: string[] = [];
    const planner = createHivePlanner(composed.sdl, {
      types: composed.types,
      otherwise: () => ({ plan: () => void delegated.push('plan') }),
      loadPackage: () => ({ QueryPlanner: TakesAll }),
    });

    if (own !== undefined) planner.plan(parse(own));
    expect(delegated).toEqual([]);
    planner.plan(parse(other));
    expect(delegated).toEqual(['plan']);
  });

  it('fetches nothing for introspection alone', () => {
    const { planner, delegated } = start();

    expect(planner.plan(parse('{ __typename __schema { queryType { name } } }'))).toBeUndefined();
    expect(delegated).toEqual([]);
  });

  it('is not made for a gateway that did not ask for it', async () => {
    const script = `
      import { readFileSync } from 'node:fs';
      const { createSupergraph } = await import('./gateway/supergraph/supergraph.ts');
      for (const planner of ['apollo', 'hive']) {
        createSupergraph(readFileSync('schema/supergraph.graphql', 'utf8'), { planner });
        console.log(planner, process.report.getReport().sharedObjects.some((file) => file.includes('query-planner')));
      }`;
    const runner = join(projectFolder, 'node_modules', 'tsx', 'dist', 'loader.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', runner, '--input-type=module', '-e', script], {
      cwd: projectFolder,
    });

    expect(stdout).toBe('apollo false\nhive true\n');
  }, 120_000);
});

describe('GATEWAY_PLANNER=hive', () => {
  it('is read, and nothing but the two planners is', () => {
    expect(readGatewayConfig({}).planner).toBe('apollo');
    expect(readGatewayConfig({ GATEWAY_PLANNER: 'hive' }).planner).toBe('hive');
    expect(() => readGatewayConfig({ GATEWAY_PLANNER: 'cosmo' })).toThrow('GATEWAY_PLANNER');
  });

  it('says how to install the package when it is not there', () => {
    const error = failureOf(() => {
      throw Object.assign(new Error("Cannot find module '@graphql-hive/router-query-planner'"), { code: 'MODULE_NOT_FOUND' });
    });

    expect(error).toMatchObject({ code: 'PLANNER_UNAVAILABLE' });
    expect(String((error as Error).message)).toContain('npm install @graphql-hive/router-query-planner; or use GATEWAY_PLANNER=apollo');
  });

  it('says that this platform has no binary when the package is there without one', () => {
    const error = failureOf(() => {
      throw new Error('Cannot find native binding. npm has a bug related to optional dependencies');
    });

    expect(error).toMatchObject({ code: 'PLANNER_UNAVAILABLE' });
    expect(String((error as Error).message)).toContain(`has no binary that runs on ${process.platform} ${process.arch}`);
  });

  it('says what is wrong with a supergraph that this planner does not take', () => {
    expect(() => createHivePlanner('type Query { a: Int', { from: 'mine.graphql', types, otherwise: () => start().planner })).toThrow(
      /mine\.graphql: Hive Router's planner does not take this supergraph/,
    );
    expect(() => createSupergraph('type Query { a: Int }', { planner: 'hive' })).toThrow(/SUPERGRAPH|supergraph/);
  });
});
