import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { createGateway } from '../../gateway/create-gateway.ts';
import { DependencyError } from '../../platform/foundation/errors.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { PLANNERS } from '../../gateway/planning/planner.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import { createScriptedClient, type SubgraphSource } from '../support/fake-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])\n';

/** Stock comes back to its own product after it has asked for the weight: by a key that it answers for, although another one is written first. */
const unresolvable: readonly SubgraphSource[] = [
  {
    name: 'catalog',
    sdl: `${link} type Query { title: String } type Product @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! weight: Int }`,
    resolvers: { Product: { __resolveReference: () => ({ id: 'i', upc: 'u', weight: 7 }) } },
  },
  {
    name: 'stock',
    sdl: `${link} type Query { item: Product }
      type Product @key(fields: "id", resolvable: false) @key(fields: "upc") { id: ID! upc: ID! weight: Int @external shipping: Int @requires(fields: "weight") }`,
    resolvers: {
      Query: { item: () => ({ id: 'i', upc: 'u' }) },
      Product: {
        __resolveReference: (reference: { upc?: string }) => (reference.upc === undefined ? null : reference),
        shipping: ({ weight }: { weight?: number }) => (weight === undefined ? null : weight * 10),
      },
    },
  },
];

const imports = '["@key", "@shareable", "@external", "@requires", "@interfaceObject"]';
const linkMore = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${imports})\n`;

/** The maker of an item is of an interface of which the one subgraph knows all types and the other none. */
const conditional: readonly SubgraphSource[] = [
  {
    name: 'items',
    sdl: `${linkMore} type Query { item: Thing } union Thing = Item | Other
      type Item @key(fields: "id") { id: ID! maker: Maker } type Other { id: ID! }
      type Maker @key(fields: "id") @interfaceObject { id: ID! name: String }`,
    resolvers: {
      Query: { item: () => ({ __typename: 'Item', id: '1' }) },
      Item: { __resolveReference: ({ id }: { id: string }) => ({ id }), maker: () => ({ id: 'm1' }) },
      Maker: { __resolveReference: ({ id }: { id: string }) => ({ id }), name: ({ id }: { id: string }) => `by ${id}` },
    },
  },
  {
    name: 'makers',
    sdl: `${linkMore} interface Maker @key(fields: "id") { id: ID! } type Firm implements Maker @key(fields: "id") { id: ID! }
      type Item @key(fields: "id") { id: ID! maker: Maker @external label: String @requires(fields: "maker { ... on Firm { id } }") }`,
    resolvers: {
      Maker: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Firm', id }) },
      Firm: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
      Item: {
        __resolveReference: (given: object) => given,
        label: ({ maker }: { maker?: { id: string } }) => `of ${maker?.id}`,
      },
    },
  },
];

const media: SubgraphSource = {
  name: 'media',
  sdl: `${linkMore} type Query { all: [Medium] } interface Medium @key(fields: "id") { id: ID! }
    type Book implements Medium @key(fields: "id") { id: ID! } type Film implements Medium @key(fields: "id") { id: ID! }`,
  resolvers: {
    Query: {
      all: () => [
        { __typename: 'Book', id: 'b' },
        { __typename: 'Film', id: 'f' },
      ],
    },
  },
};

/** Boxes belong to every medium, so their subgraph is asked for those of films what was selected for books. */
const replaced: readonly SubgraphSource[] = [
  media,
  {
    name: 'boxes',
    sdl: `${linkMore} type Medium @key(fields: "id") @interfaceObject { id: ID! boxes: [Box!] } type Box { id: ID! size: Int }`,
    resolvers: {
      Medium: { __resolveReference: ({ id }: { id: string }) => ({ id }), boxes: ({ id }: { id: string }) => [{ id: `of ${id}` }] },
      Box: {
        size: () => {
          throw new Error('not measured');
        },
      },
    },
  },
];

/** The subgraph of the prices knows all media as one type, and has none for films. */
const priced: readonly SubgraphSource[] = [
  media,
  {
    name: 'prices',
    sdl: `${linkMore} type Medium @key(fields: "id") @interfaceObject { id: ID! title: String! note: String price: Int! box: Box } type Box { size: Int! }`,
    resolvers: {
      Medium: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        title: ({ id }: { id: string }) => `title of ${id}`,
        price: ({ id }: { id: string }) => (id === 'b' ? 7 : null),
        box: () => ({}),
      },
      Box: { size: () => null },
    },
  },
];

/** Of a dog it takes a second fetch to know more. */
const conditionalKey: readonly SubgraphSource[] = [
  {
    name: 'pets',
    sdl: `${link} type Query { pet: Pet } union Pet = Dog type Dog @key(fields: "id") { id: ID! weight: Int! }`,
    resolvers: { Query: { pet: () => ({ __typename: 'Dog', id: 'd' }) }, Dog: { weight: () => null } },
  },
  {
    name: 'names',
    sdl: `${link} type Dog @key(fields: "id") { id: ID! name: String }`,
    resolvers: { Dog: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `dog ${id}` }) } },
  },
];

/** What a client selects of the parts comes in the same fetch as what the label is made of. */
const sharedInput: readonly SubgraphSource[] = [
  {
    name: 'items',
    sdl: `${link} type Query { item: Item } type Item @key(fields: "id") { id: ID! parts: [Part] } type Part @shareable { id: ID! weight: Int! }`,
    resolvers: {
      Query: { item: () => ({ id: '1', parts: [{ id: 'p' }] }) },
      Item: { __resolveReference: ({ id }: { id: string }) => ({ id, parts: [{ id: 'p' }] }) },
      Part: {
        weight: () => {
          throw new Error('not weighed');
        },
      },
    },
  },
  {
    name: 'labels',
    sdl: `${link} type Part @shareable { id: ID! }
      type Item @key(fields: "id") { id: ID! parts: [Part] @external label: String @requires(fields: "parts { id }") }`,
    resolvers: {
      Item: { __resolveReference: (given: object) => given, label: ({ parts }: { parts: unknown }) => `of ${JSON.stringify(parts)}` },
    },
  },
];

/** Whoever makes the label wants to know what the maker is, and knows all makers as one type. */
const typeAsInput: readonly SubgraphSource[] = [
  {
    name: 'items',
    sdl: `${linkMore} type Query { item: Item }
      type Item @key(fields: "id") { id: ID! maker: Maker @external label: String @requires(fields: "maker { __typename }") }
      type Maker @key(fields: "id") @interfaceObject { id: ID! }`,
    resolvers: {
      Query: { item: () => ({ id: '1' }) },
      Item: {
        __resolveReference: (given: object) => given,
        label: ({ maker }: { maker?: { __typename?: string } }) => `a ${maker?.__typename}`,
      },
      Maker: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    },
  },
  {
    name: 'owners',
    sdl: `${linkMore} type Item @key(fields: "id") { id: ID! maker: Maker } type Maker @key(fields: "id") @interfaceObject { id: ID! }`,
    resolvers: {
      Item: { __resolveReference: ({ id }: { id: string }) => ({ id }), maker: () => ({ id: 'm1' }) },
      Maker: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    },
  },
  {
    name: 'makers',
    sdl: `${linkMore} interface Maker @key(fields: "id") { id: ID! } type Firm implements Maker @key(fields: "id") { id: ID! }`,
    resolvers: {
      Maker: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Firm', id }) },
      Firm: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    },
  },
];

describe('around the planner', () => {
  it('a key that a subgraph does not answer for is not used to reach it', async () => {
    const { run, clients } = createFederatedGraph(unresolvable);

    const { data, errors } = await run({ query: '{ item { shipping } }' });

    expect(errors).toBeUndefined();
    expect(data).toEqual({ item: { shipping: 70 } });
    expect(clients.get('stock')?.requests.at(-1)?.variables).toEqual({ representations: [{ __typename: 'Product', upc: 'u', weight: 7 }] });
  });

  it('a number too long for JavaScript reaches a custom scalar as it was written when it comes as text', async () => {
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} scalar Big type Query { echo(value: Big): String }`,
        resolvers: { Query: { echo: (_: never, { value }: { value: unknown }) => JSON.stringify(value) } },
      },
    ];

    const { data } = await createFederatedGraph(graph).run({
      query: 'query ($v: Big) { echo(value: $v) }',
      variables: { v: '12345678901234567890.10' },
    });

    expect(data).toEqual({ echo: '"12345678901234567890.10"' });
  });

  it('roots with names of their own are called by the standard names', async () => {
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} schema { query: AQuery mutation: AMutation } type AQuery { one: Int self: AQuery } type AMutation { go: AQuery }`,
        resolvers: { AQuery: { one: () => 1, self: () => ({}) }, AMutation: { go: () => ({}) } },
      },
      { name: 'b', sdl: `${link} schema { query: BQuery } type BQuery { two: Int }`, resolvers: { BQuery: { two: () => 2 } } },
    ];
    const { run } = createFederatedGraph(graph);

    expect(await run({ query: '{ __typename one two self { __typename one two } }' })).toEqual({
      data: { __typename: 'Query', one: 1, two: 2, self: { __typename: 'Query', one: 1, two: 2 } },
    });
    expect(await run({ query: 'mutation { __typename go { __typename two } }' })).toEqual({
      data: { __typename: 'Mutation', go: { __typename: 'Query', two: 2 } },
    });
  });

  it('a root field for which the planner plans nothing is PLANNING_FAILED for the client, never null', async () => {
    // No type of the interface is known where the field is, so Apollo's planner has nothing to fetch, and leaves the field out.
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} type Query { found: Thing one: Int } interface Thing { id: ID }`,
        resolvers: { Query: { found: () => null, one: () => 1 } },
      },
      {
        name: 'b',
        sdl: `${link} type Query { other: Thing } interface Thing { id: ID name: String } type Known implements Thing { id: ID name: String }`,
        resolvers: {},
      },
    ];
    const { supergraph } = createFederatedGraph(graph);
    const gateway = createGateway({ supergraph: { sdl: supergraph.sdl }, logger: silentLogger });
    const ask = async (query: string): Promise<unknown> => {
      const body = JSON.stringify({ query, variables: { with: true } });
      const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
      const response = await gateway.fetch(new Request('http://any.example/graphql', { method: 'POST', headers, body }));
      return { status: response.status, json: await response.json() };
    };

    expect(supergraph.planner.plan(parse('{ found { name } }'), undefined)).toBeUndefined();
    for (const query of [
      '{ found { name } }',
      '{ one found { name } }',
      'query ($with: Boolean!) { one found @include(if: $with) { name } }',
    ])
      expect(await ask(query)).toEqual({
        status: 400,
        json: { errors: [{ message: 'No subgraph can be asked for Query.found from here.', extensions: { code: 'PLANNING_FAILED' } }] },
      });
    await gateway.stop();

    const { run } = createFederatedGraph(graph, { planner: 'hive' });
    expect(await run({ query: '{ one found { name } }' })).toEqual({ data: { one: 1, found: null } });
  });

  it('subscription roots with names of their own, another in each subgraph, are called by the standard name', async () => {
    const ids = async function* (): AsyncGenerator<object> {
      yield { item: { id: '1' } };
      yield { item: { id: '2' } };
    };
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} schema { query: AQuery subscription: AFeed } type AQuery { one: Int } type AFeed { item: Item } type Item @key(fields: "id") { id: ID! }`,
        resolvers: { AQuery: { one: () => 1 }, AFeed: { item: { subscribe: ids } } },
      },
      {
        name: 'b',
        sdl: `${link} schema { query: BQuery subscription: BFeed } type BQuery { two: Int } type BFeed { other: Item }
          type Item @key(fields: "id") { id: ID! name: String root: BQuery }`,
        resolvers: {
          BQuery: { two: () => 2 },
          BFeed: {
            other: {
              subscribe: async function* () {
                yield { other: { id: '3' } };
              },
            },
          },
          Item: { __resolveReference: (given: object) => given, name: ({ id }: { id: string }) => `name of ${id}`, root: () => ({}) },
        },
      },
    ];
    const { engine } = createFederatedGraph(graph);
    const eventsOf = async (query: string): Promise<unknown[]> => {
      const prepared = engine.prepare({ query });
      if ('refusal' in prepared) return [prepared.refusal];
      const stream = await engine.subscribe(prepared.operation, {}, { headers: {}, signal: new AbortController().signal });
      if (!(Symbol.asyncIterator in stream)) return [stream];
      const events: unknown[] = [];
      for await (const event of stream) events.push(event);
      return events;
    };

    expect(await eventsOf('subscription { item { id name root { __typename one two } } }')).toEqual(
      ['1', '2'].map((id) => ({ data: { item: { id, name: `name of ${id}`, root: { __typename: 'Query', one: 1, two: 2 } } } })),
    );
    expect(await eventsOf('subscription S { ... on Subscription { other { name } } }')).toEqual([
      { data: { other: { name: 'name of 3' } } },
    ]);
    expect(await eventsOf('subscription { item { ...on Item { id } } ...on AFeed { item { name } } }')).toMatchObject([
      { errors: [{ message: expect.stringContaining('Unknown type "AFeed"') }] },
    ]);
  });

  it('a field that is selected with and without a condition is there whatever the condition says, also below another one', async () => {
    const { run } = createFederatedGraph(conditional);
    const ask = (inner: boolean) =>
      run({
        query:
          'query ($outer: Boolean! $inner: Boolean!) { item { ... on Item @skip(if: $outer) { label @include(if: $inner) id label maker @include(if: $inner) { id } maker { name } } } }',
        variables: { outer: false, inner },
      });

    expect(JSON.stringify(await ask(true))).toBe(
      '{"data":{"item":{"label":"of m1","id":"1","maker":{"id":"m1","name":"by m1"}}}}', // in the order of the first of each
    );
    expect(JSON.stringify(await ask(false))).toBe('{"data":{"item":{"id":"1","label":"of m1","maker":{"name":"by m1"}}}}');
  });

  it('an error below a field that was selected so deep for objects of another type only is not told', async () => {
    const { run } = createFederatedGraph(replaced);

    const { data, errors } = await run({ query: '{ all { boxes { id } ... on Book { boxes { size } } } }' });

    expect(data).toEqual({ all: [{ boxes: [{ id: 'of b', size: null }] }, { boxes: [{ id: 'of f' }] }] });
    expect(errors?.map(({ path }) => path)).toEqual([['all', 0, 'boxes', 0, 'size']]);
  });

  it('known limit: an object that an error took out of the answer is not among the inputs of a @requires either', async () => {
    const { run, clients } = createFederatedGraph(sharedInput);

    const alone = await run({ query: '{ item { label } }' });
    expect(alone).toEqual({ data: { item: { label: 'of [{"id":"p"}]' } } });

    const { data, errors } = await run({ query: '{ item { label parts { weight } } }' });
    expect(data).toEqual({ item: { label: 'of [null]', parts: [null] } }); // one schema would say the label of before
    expect(errors?.map(({ path }) => path)).toEqual([['item', 'parts', 0, 'weight']]);
    expect(clients.get('labels')?.requests.at(-1)?.variables).toEqual({
      representations: [{ __typename: 'Item', id: '1', parts: [null] }],
    });
  });

  it('a @requires of a type name is not told that of an interface when nobody could say the type', async () => {
    const broken = createScriptedClient('makers', new DependencyError('SUBGRAPH_UNAVAILABLE', 'makers', 'down'));
    const { run, clients } = createFederatedGraph(typeAsInput, { replace: { makers: broken } });

    const { data, errors } = await run({ query: '{ item { label } }' });

    expect(data).toEqual({ item: { label: null } });
    expect(errors).toHaveLength(1);
    expect(clients.get('items')?.requests).toHaveLength(1); // the label was not asked for
    expect(await createFederatedGraph(typeAsInput).run({ query: '{ item { label } }' })).toEqual({ data: { item: { label: 'a Firm' } } });
  });

  it('the error of an input that the client asked for under a condition only is told where it leaves something null', async () => {
    const query = 'query ($skip: Boolean!) { item { shipping weight @skip(if: $skip) } }';
    const broken = createScriptedClient('catalog', {
      data: { _entities: [null] }, // it may not be null there
      errors: [{ message: 'not weighed', path: ['_entities', 0, 'weight'] }],
    });
    const { run } = createFederatedGraph(unresolvable, { replace: { catalog: broken } });

    for (const skip of [true, false]) {
      const { data, errors } = await run({ query, variables: { skip } });
      expect(data).toEqual({ item: { shipping: null, ...(!skip && { weight: null }) } });
      expect(errors).toHaveLength(1);
    }
  });

  it.each(PLANNERS)(
    'what was selected for objects of one type only cannot fail for those of another, with the planner %s',
    async (planner) => {
      const { run, clients } = createFederatedGraph(priced, { planner });
      const variables = { first: true };

      expect(await run({ query: '{ all { title ... on Book { price } } }' })).toEqual({
        data: { all: [{ title: 'title of b', price: 7 }, { title: 'title of f' }] },
      });
      const asked = clients.get('prices')?.requests.map((request) => request.variables?.['representations']);
      expect(asked).toHaveLength(2);
      expect(asked).toEqual(expect.arrayContaining([[{ __typename: 'Medium', id: 'b' }], [{ __typename: 'Medium', id: 'f' }]]));
      expect(
        await run({ query: 'query ($first: Boolean!) { all { title ... on Film @include(if: $first) { price } } }', variables }),
      ).toMatchObject({
        data: { all: [{ title: 'title of b' }, null] },
      });
      expect(await run({ query: '{ all { box { __typename } ... on Book { box { size } } } }' })).toMatchObject({
        data: { all: [{ box: null }, { box: { __typename: 'Box' } }] },
      });
    },
  );

  it('what may be null is asked for in one request, also for objects that it was not selected for', async () => {
    const { run, clients } = createFederatedGraph(priced);

    expect(await run({ query: '{ all { title ... on Book { note } } }' })).toEqual({
      data: { all: [{ title: 'title of b', note: null }, { title: 'title of f' }] },
    });
    expect(clients.get('prices')?.requests).toHaveLength(1);
  });

  it.each(PLANNERS)(
    'what stands under a fragment without a type is fetched from another subgraph, with the planner %s',
    async (planner) => {
      const graph: readonly SubgraphSource[] = [
        {
          name: 'notes',
          sdl: `${link} type Query { notes: [Note] } type Note { text: String author: User } type User @key(fields: "id") { id: ID! }`,
          resolvers: { Query: { notes: () => [{ text: 'one', author: { id: '1' } }] } },
        },
        {
          name: 'users',
          sdl: `${link} type User @key(fields: "id") { id: ID! name: String }`,
          resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `user ${id}` }) } },
        },
      ];
      const { run } = createFederatedGraph(graph, { planner });
      const query = 'query ($more: Boolean!) { notes { text ... @include(if: $more) { author { name } } } }';

      expect(await run({ query, variables: { more: true } })).toEqual({ data: { notes: [{ text: 'one', author: { name: 'user 1' } }] } });
      expect(await run({ query, variables: { more: false } })).toEqual({ data: { notes: [{ text: 'one' }] } });
    },
  );

  it.each(PLANNERS)('a field that is skipped is not asked for where the key of its object is, with the planner %s', async (planner) => {
    const { run, clients } = createFederatedGraph(conditionalKey, { planner });
    const query = 'query ($skip: Boolean!) { pet { ... on Dog @skip(if: $skip) { name weight } } }';

    expect(await run({ query, variables: { skip: true } })).toEqual({ data: { pet: {} } });
    expect(clients.get('names')?.requests).toHaveLength(0);
    expect((await run({ query, variables: { skip: false } })).data).toEqual({ pet: null });
  });
});
