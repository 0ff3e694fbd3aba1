import { buildSchema, execute, parse, printSchema, validate, type GraphQLSchema } from 'graphql';
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

export interface ExpectedAnswer {
  readonly data: unknown;
  /** Response paths of the errors, in the order of their text. */
  readonly errorPaths: readonly string[];
}

type Page = { first: number; skip: number };

/** What one schema over all the rows answers, by graphql-js: right by definition. @param apiSchema what clients of the supergraph see */
export function createMonolith(apiSchema: GraphQLSchema): (query: string, variables?: Record<string, unknown>) => ExpectedAnswer {
  const schema = buildSchema(printSchema(apiSchema));
  return (query, variables) => {
    const document = parse(query);
    const problems = validate(schema, document);
    if (problems.length > 0) throw new Error(`the operation is not valid: ${problems.map(({ message }) => message).join('; ')}\n${query}`);
    const result = execute({ schema, document, rootValue, variableValues: variables });
    if (result instanceof Promise) throw new Error('the monolith resolves nothing later');
    const errorPaths = (result.errors ?? []).map(({ path }) => (path ?? []).join('.')).sort();
    return { data: JSON.parse(JSON.stringify(result.data)) as unknown, errorPaths };
  };
}

const rootValue = {
  user: ({ id }: { id: string }) => user(id),
  product: ({ upc }: { upc: string }) => product(upc),
  topProducts: ({ first, skip }: Page) => window('p', PRODUCTS, skip, first).map(product),
  review: ({ id }: { id: string }) => review(id),
  latestReviews: ({ first, skip }: Page) => window('r', REVIEWS, skip, first).map(review),
  warehouse: ({ id }: { id: string }) => warehouseRow(id),
};

/** The answer to `subscription { reviewAdded … }` for the event of that number is that of a query for this review. */
export function review(id: string): object | null {
  const row = reviewRow(id);
  return row && { ...row, author: () => user(authorOf(id)), product: () => product(productOf(id)) };
}

function user(id: string): object | null {
  const row = userRow(id);
  return row && { ...row, reviews: ({ first }: { first: number }) => reviewsOfUser(id, first).map(review) };
}

function product(upc: string): object | null {
  const row = productRow(upc);
  return (
    row && {
      ...row,
      inStock: stockOf(upc),
      shippingEstimate: shippingEstimateOf(row.price, row.weight),
      reviews: ({ first }: { first: number }) => {
        if (upc.startsWith('x')) throw new Error(`the reviews of ${upc} cannot be read`);
        return reviewsOfProduct(upc, first).map(review);
      },
    }
  );
}
