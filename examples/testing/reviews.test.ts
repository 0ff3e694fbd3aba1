import { describe, expect, it } from '@jest/globals';
import { fakeSubgraph, graphMatchers, startTestGraph } from 'paygraph/testing';

expect.extend(graphMatchers);

/** Ours: the subgraph under test. */
const reviews = {
  sdl: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    type Query { latestReviews: [Review!]! }
    type Subscription { reviewWritten: Review! }
    type Review { text: String! product: Product! }
    type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
  `,
  resolvers: {
    Query: { latestReviews: () => [{ text: 'Warm', product: { id: '7' } }] },
    Subscription: {
      reviewWritten: {
        async *subscribe() {
          yield { reviewWritten: { text: 'Light', product: { id: '8' } } };
        },
      },
    },
    Product: { reviews: ({ id }: { id: string }) => [{ text: 'Warm', product: { id } }] },
  },
};

/** Another team's: only its SDL is known, so it is made up. */
const CATALOG = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { product(id: ID!): Product }
  type Product @key(fields: "id") { id: ID! name: String! price: Decimal! }
  scalar Decimal
`;

describe('reviews', () => {
  it('compose with the catalog', () => {
    expect({ reviews: reviews.sdl }).toComposeWith({ catalog: CATALOG });
  });

  it('ask the catalog once for the names of all products', async () => {
    const catalog = fakeSubgraph(CATALOG, { overrides: { Product: { name: 'Coat' } } });
    await using graph = await startTestGraph({ subgraphs: { reviews, catalog } });

    const result = await graph.execute({ query: '{ latestReviews { text product { name } } }' });

    expect(result).toEqual({ data: { latestReviews: [{ text: 'Warm', product: { name: 'Coat' } }] } });
    expect(result).toCallService('catalog', 1);
    expect(result).toCallService('catalog', { variables: { representations: [{ __typename: 'Product', id: '7' }] } });
    expect(result).toMatchQueryPlan(`
      reviews
        {latestReviews{text product{__typename id}}}
      then
      catalog for latestReviews.@.product by Product { __typename id }
        query($representations:[_Any!]!){_entities(representations:$representations){...on Product{name}}}
    `);
  });

  it('are there when the catalog fails', async () => {
    const catalog = fakeSubgraph(CATALOG.replace('name: String!', 'name: String'));
    await using graph = await startTestGraph({ subgraphs: { reviews, catalog } });
    catalog.fail('Product.name', 'no names today');

    const { data, errors } = await graph.execute({ query: '{ latestReviews { text product { name } } }' });

    expect(data).toEqual({ latestReviews: [{ text: 'Warm', product: { name: null } }] });
    expect(errors?.[0]).toMatchObject({ message: 'no names today', path: ['latestReviews', 0, 'product', 'name'] });
  });

  it('arrive with the price of their product as they are written', async () => {
    await using graph = await startTestGraph({ subgraphs: { reviews, catalog: fakeSubgraph(CATALOG) } });
    await using subscription = await graph.subscribe({ query: 'subscription { reviewWritten { text product { price } } }' });

    const [event] = await subscription.take(1);

    expect(event?.data).toEqual({ reviewWritten: { text: 'Light', product: { price: expect.stringMatching(/^\d+\.\d\d$/) } } });
  });
});
