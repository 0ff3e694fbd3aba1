import {
  authorOf,
  productOf,
  productRow,
  PRODUCTS,
  reviewRow,
  REVIEWS,
  reviewsOfProduct,
  reviewsOfUser,
  shippingEstimateOf,
  stockOf,
  userRow,
  warehouseRow,
  window,
} from './rows.ts';
import type { Resolved } from './run-selection.ts';
import type { SubgraphName } from './subgraph-names.ts';

interface Representation {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

type Page = { first: number; skip: number };

/** The root fields of each subgraph, `_entities` among them. */
export const subgraphRoots: Readonly<Record<SubgraphName, Resolved>> = {
  accounts: root({ user: ({ id }: { id: string }) => userRow(id) }, { User: ({ id }) => userRow(String(id)) }),
  products: root(
    {
      product: ({ upc }: { upc: string }) => productRow(upc),
      topProducts: ({ first, skip }: Page) => window('p', PRODUCTS, skip, first).map(productRow),
    },
    { Product: ({ upc }) => productRow(String(upc)) },
  ),
  reviews: root(
    {
      review: ({ id }: { id: string }) => review(id),
      latestReviews: ({ first, skip }: Page) => window('r', REVIEWS, skip, first).map(review),
    },
    { Review: ({ id }) => review(String(id)), User: ({ id }) => reviewer(String(id)), Product: ({ upc }) => reviewedProduct(String(upc)) },
  ),
  inventory: root(
    { warehouse: ({ id }: { id: string }) => warehouseRow(id) },
    {
      Product: ({ upc, price, weight }) => ({
        __typename: 'Product',
        upc,
        inStock: stockOf(String(upc)),
        shippingEstimate: typeof price === 'number' && typeof weight === 'number' ? shippingEstimateOf(price, weight) : null,
      }),
    },
  ),
};

/** The value of the subscription `reviewAdded` for the event of that number. */
export function reviewEvent(n: number): Resolved {
  return { __typename: 'Subscription', reviewAdded: review(`e${n}`) };
}

function root(fields: Record<string, unknown>, entities: Record<string, (representation: Representation) => unknown>): Resolved {
  return {
    __typename: 'Query',
    ...fields,
    _entities: ({ representations }: { representations: Representation[] }) =>
      representations.map((representation) => entities[representation.__typename]?.(representation) ?? null),
  };
}

function review(id: string): Resolved | null {
  const row = reviewRow(id);
  return row && { ...row, author: () => reviewer(authorOf(id)), product: () => reviewedProduct(productOf(id)) };
}

function reviewer(id: string): Resolved {
  return { __typename: 'User', id, reviews: ({ first }: { first: number }) => reviewsOfUser(id, first).map(review) };
}

function reviewedProduct(upc: string): Resolved {
  return {
    __typename: 'Product',
    upc,
    reviews: ({ first }: { first: number }) =>
      upc.startsWith('x') ? new Error(`the reviews of ${upc} cannot be read`) : reviewsOfProduct(upc, first).map(review),
  };
}
