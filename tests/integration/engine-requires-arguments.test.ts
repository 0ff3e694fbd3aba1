import { describe, expect, it } from '@jest/globals';
import type { ExecutionResult } from 'graphql';
import type { GatewayResult } from '../../gateway/engine.ts';
import { callContext, createFederatedGraph, createMonolith } from '../support/federated-graph.ts';
import type { SubgraphSource } from '../support/fake-subgraph.ts';
import { prices } from '../support/fixtures/prices.ts';

const CASES: readonly (readonly [what: string, query: string])[] = [
  ['two fields of one subgraph', '{ products { id fee feeInEuro } }'],
  ['the later field alone', '{ products { feeInEuro } }'],
  ['three fields, two of which need the same', '{ products { vat fee feeInEuro weight } }'],
  ['fields of two subgraphs', '{ products { fee noteInEuro } }'],
  ['two fields of each of two subgraphs', '{ products { fee feeInEuro note noteInEuro } }'],
  ['a selection below an object', '{ products { dear dearInEuro } }'],
  ['one @requires that shares one input with each of two others', '{ products { dear feeInEuro duty(rate: 7) fee dearInEuro } }'],
  ['selections in lists, below a field with arguments, with arguments', '{ products { cheapest cheapestInEuro threeOfEach } }'],
  ['types that the one field has different arguments for', '{ products { trust } }'],
  ['those types, and another field with further arguments', '{ products { trust trustOfFirms } }'],
  ['the field itself with a third set of arguments', '{ products { fee feeInEuro price(currency: GBP) } }'],
  ['the field itself with each set of arguments', '{ products { usd: price(currency: USD) price(currency: EUR) feeInEuro fee } }'],
  ['the field below, in another form', '{ products { dear category { averagePrice(currency: GBP) name } dearInEuro } }'],
  ['aliases that could be mistaken', '{ products { price__required1: id price__1: feeInEuro price: fee } }'],
  ['fields under two aliases each', '{ products { a: fee b: feeInEuro c: fee one: duty(rate: 1) two: duty(rate: 2) } }'],
  ['a field that itself has @requires', '{ products { label labelAbroad } }'],
  ['that, and the field that it needs, and its own inputs', '{ products { label labelAbroad tax(region: "UK") fee feeInEuro } }'],
  ['lists of lists, with nulls', '{ grid { fee feeInEuro note } }'],
  ['an interface that the subgraph knows as one object type', '{ media { id fee feeInEuro } }'],
  ['that interface, and objects of one type of it', '{ media { fee ... on Film { feeInEuro price(currency: GBP) } } }'],
  ["a mutation's result", 'mutation { reprice(id: "p1") { feeInEuro fee noteInEuro note } }'],
];

const CONDITIONAL = [
  'query ($a: Boolean!, $b: Boolean!) { products { id fee @include(if: $a) feeInEuro @skip(if: $b) } }',
  'query ($a: Boolean!, $b: Boolean!) { products { fee feeInEuro @skip(if: $b) ... @include(if: $a) { feeInEuro note price(currency: GBP) } } }',
  'query ($a: Boolean!, $b: Boolean!) { products @include(if: $a) { label dear labelAbroad @skip(if: $b) dearInEuro } }',
];

describe('@requires of one field with different arguments', () => {
  const graph = createFederatedGraph(prices.subgraphs);
  const monolith = createMonolith(graph.supergraph, prices.rootValue);

  it.each(CASES)('answers as one schema would: %s', async (_what, query) => {
    const request = { query };

    const answer = await graph.run(request);

    expect(inComparableForm(answer)).toEqual(inComparableForm(await monolith(request)));
  });

  it.each(CONDITIONAL)('answers as one schema would under every condition: %s', async (query) => {
    for (const variables of [true, false].flatMap((a) => [true, false].map((b) => ({ a, b })))) {
      const request = { query, variables };
      expect(inComparableForm(await graph.run(request))).toEqual(inComparableForm(await monolith(request)));
    }
  });

  it('takes variables for what the client gives itself; a @requires has none', async () => {
    const query = `query ($id: ID!, $in: Currency!, $rate: Int!) {
      product(id: $id) { price(currency: $in) duty(rate: $rate) feeInEuro dear }
    }`;

    for (const variables of [
      { id: 'p1', in: 'EUR', rate: 3 },
      { id: 'p2', in: 'USD', rate: 4 },
    ])
      expect(await graph.run({ query, variables })).toEqual(await monolith({ query, variables }));
    expect(await graph.run({ query: '{ product(id: "p1") { other: duty(rate: 5) dear: dearInEuro } }' })).toEqual({
      data: { product: { other: 'duty 5 of 10 and 18', dear: 'dear in euro of 18' } },
    });
    expect(await graph.run({ query: '{ product(id: "p2") { mine: duty(rate: 6) dearer: dearInEuro } }' })).toEqual({
      data: { product: { mine: 'duty 6 of 40 and 100', dearer: 'dear in euro of 100' } }, // by the plan of the one before
    });
  });

  it('tells an error of what was required by its own name', async () => {
    const { data, errors } = await graph.run({ query: '{ unsold { feeInEuro fee } }' });

    expect(data).toEqual({ unsold: { feeInEuro: 'fee in euro of null', fee: 'fee of null' } });
    expect(errors?.map(({ message, path }) => `${message}: ${path?.join('.')}`).sort()).toEqual([
      'no price in EUR: unsold.price',
      'no price in USD: unsold.price',
    ]);
  });

  it('sends each subgraph the field by its own name, and asks no more often than it must', async () => {
    const requestsFor = async (query: string) => {
      const { run, clients } = createFederatedGraph(prices.subgraphs);
      await run({ query });
      return Object.fromEntries([...clients].map(([name, { requests }]) => [name, requests.map(({ variables }) => variables)]));
    };
    const asked = [{ literal0: 'p1' }];
    const sent = (more: object) => ({ representations: [{ __typename: 'Product', id: 'p1', ...more }] });

    expect(await requestsFor('{ product(id: "p1") { fee feeInEuro weight vat } }')).toEqual({
      catalog: asked,
      shipping: expect.arrayContaining([sent({ price: 10 }), sent({ price: 20 })]),
      labels: [],
    });
    expect(await requestsFor('{ product(id: "p1") { vat feeInEuro dear } }')).toEqual({
      catalog: asked,
      shipping: [sent({ price: 20, category: { averagePrice: 9 } })],
      labels: [],
    });
  });

  it('comes in deferred parts too', async () => {
    const query =
      '{ product(id: "p1") { id fee ... @defer(label: "more") { feeInEuro noteInEuro } ... @defer(label: "label") { label labelAbroad } } }';
    const prepared = graph.engine.prepare({ query });
    if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));

    const answer = await graph.engine.executeIncrementally(prepared.operation, {}, callContext());
    if (!('updates' in answer)) throw new Error(`all at once: ${JSON.stringify(answer)}`);
    const parts: unknown[] = [];
    for await (const { delivered } of answer.updates) parts.push(...delivered.map(({ data }) => data));

    expect(answer.initial.data).toEqual({ product: { id: 'p1', fee: 'fee of 10' } });
    expect(parts).toHaveLength(2);
    expect(parts).toEqual(
      expect.arrayContaining([
        { feeInEuro: 'fee in euro of 20', noteInEuro: 'note in euro of 20' },
        { label: 'label of "tax in EU of 30"', labelAbroad: 'label abroad of "tax in US of 30"' },
      ]),
    );
  });

  it('is right with the other planner', async () => {
    const { run } = createFederatedGraph(prices.subgraphs, { planner: 'hive' });
    const request = { query: '{ products { id weight fee feeInEuro label dearInEuro labelAbroad dear } }' };

    expect(inComparableForm(await run(request))).toEqual(inComparableForm(await monolith(request)));
  });

  it('enriches the events of a subscription', async () => {
    const prepared = graph.engine.prepare({ query: 'subscription { repriced { feeInEuro fee note } }' });
    if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
    const events = await graph.engine.subscribe(prepared.operation, {}, callContext());
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));

    const results: unknown[] = [];
    for await (const { data } of events) results.push(data);

    expect(results).toEqual([
      { repriced: { feeInEuro: 'fee in euro of 20', fee: 'fee of 10', note: 'note of 10' } },
      { repriced: { feeInEuro: 'fee in euro of 80', fee: 'fee of 40', note: 'note of 40' } },
    ]);
  });
});

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext", "@external", "@requires"])\n';

const part = {
  __resolveReference: () => ({}),
  near: (_: never, { of }: { of: string }) => of,
  far: (_: never, { of }: { of: string }) => of,
};

/** Items whose value is what it was asked with, and what a second subgraph makes of that. */
const valued = (fields: string, more = ''): readonly SubgraphSource[] => [
  {
    name: 'values',
    sdl: `${link} scalar Any type Query { item: Item } type Part @key(fields: "id") { id: ID! }
      type Item @key(fields: "id") { id: ID! value(of: Any = "nothing"): String part: Part }`,
    resolvers: {
      Query: { item: () => ({ id: '1', part: { id: '2' } }) },
      Item: { value: (_: never, { of }: { of: unknown }) => JSON.stringify(of) },
    },
  },
  {
    name: 'takers',
    sdl: `${link} scalar Any type Item @key(fields: "id") @context(name: "item") { id: ID! value(of: Any = "nothing"): String @external ${fields} } ${more}`,
    resolvers: {
      Item: { __resolveReference: ({ value }: { value: string }) => ({ one: value, two: value, three: value }) },
      ...(more !== '' && { Part: part }),
    },
  },
];

describe('what a directive selects with arguments', () => {
  it('is another field than without them', async () => {
    const { run } = createFederatedGraph(
      valued(
        'one: String @requires(fields: "value(of: \\"a\\")") two: String @requires(fields: "value") three: String @requires(fields: "value(of: \\"b\\")")',
      ),
    );

    expect(await run({ query: '{ item { three two one value } }' })).toEqual({
      data: { item: { three: '"b"', two: '"nothing"', one: '"a"', value: '"nothing"' } },
    });
  });

  const several = valued(
    'one: String @requires(fields: "value(of: [1])") two: String @requires(fields: "value(of: [1]) value(of: 2)")',
    `type Part @key(fields: "id") { id: ID!
      near(of: String @fromContext(field: "$item { value(of: 2) }")): String far(of: String @fromContext(field: "$item { value(of: 3) }")): String }`,
  );

  it('may be selected with others for arguments from above', async () => {
    const { run } = createFederatedGraph(several);

    expect(await run({ query: '{ item { one part { near far } } }' })).toEqual({
      data: { item: { one: '[1]', part: { near: '2', far: '3' } } },
    });
  });

  it('is asked with its numbers as they are written', async () => {
    const { run, clients } = createFederatedGraph(
      valued('one: String @requires(fields: "value(of: [12345678901234567890.10, { a: 1.0 }])")'),
    );

    await run({ query: '{ item { one } }' });

    expect(clients.get('values')?.requests.map(({ query }) => query)).toEqual([
      '{item{__typename id value__required1:value(of:[12345678901234567890.10{a:1.0}])}}',
    ]);
  });

  it('is refused where one field requires both at once: no entity can be sent with one field twice', async () => {
    const { run } = createFederatedGraph(several);

    expect(await run({ query: '{ item { one two } }' })).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('subgraph takers would have to be sent one field with'),
          extensions: { code: 'PLANNING_FAILED' },
        },
      ],
    });
  });
});

/** Errors without what one schema does not know. */
function inComparableForm({ data, errors }: ExecutionResult | GatewayResult) {
  return {
    data: JSON.stringify(data),
    errors: (errors ?? []).map(({ message, path }) => `${message} at ${JSON.stringify(path)}`).sort(),
  };
}
