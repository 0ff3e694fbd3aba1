import { PRODUCTS, REVIEWS, USERS, WAREHOUSES } from '../graph/rows.ts';
import { DEEP, DEEP_FIRST } from './deep-operation.ts';
import { productOperation, SMALL, textOf } from './product-operation.ts';
import { unseenOperation } from './unseen-operation.ts';
import { WIDE } from './wide-operation.ts';
import type { Workload } from './workload.ts';

export const ROTATED_OPERATIONS = 200;
const SMALL_TEXT = textOf(SMALL);
const ROTATED = Array.from({ length: ROTATED_OPERATIONS }, (_, n) => textOf(productOperation(n)));

/** Those that are requests with one answer each. */
export const requestWorkloads: readonly Workload[] = [
  {
    name: 'small',
    description: 'a root field and one entity fetch',
    distinct: PRODUCTS,
    hasCeiling: true,
    requestAt: (n) => ({ query: SMALL_TEXT, variables: { upc: `p${n % PRODUCTS}` } }),
  },
  {
    name: 'alike',
    description: 'small, and all clients ask for the same at the same time',
    distinct: 1,
    hasCeiling: false,
    onlyWhenNamed: true,
    requestAt: () => ({ query: SMALL_TEXT, variables: { upc: 'p1' } }),
  },
  {
    name: 'deep',
    description: 'seven levels over four subgraphs, with @requires',
    distinct: PRODUCTS,
    hasCeiling: true,
    requestAt: (n) => ({ query: DEEP, variables: { first: DEEP_FIRST, skip: n % PRODUCTS } }),
  },
  {
    name: 'wide',
    description: 'ten root fields over four subgraphs',
    distinct: PRODUCTS,
    hasCeiling: true,
    requestAt: (n) => ({ query: WIDE, variables: wideVariables(n % PRODUCTS) }),
  },
  {
    name: 'rotation',
    description: `${ROTATED_OPERATIONS} operations like small in rotation`,
    distinct: ROTATED_OPERATIONS,
    hasCeiling: true,
    requestAt: (n) => ({ query: ROTATED[n % ROTATED_OPERATIONS] ?? SMALL_TEXT, variables: { upc: `p${(n * 7) % PRODUCTS}` } }),
  },
  {
    name: 'never-seen',
    description: 'operations like small, each of a shape that was never sent before: other aliases, another order of fields',
    distinct: Number.POSITIVE_INFINITY, // more than any run sends
    hasCeiling: false,
    requestAt: (n) => ({ query: unseenOperation(n), variables: { upc: `p${n % PRODUCTS}` } }),
  },
  {
    name: 'never-seen-text',
    description: 'operations like small, of 651 shapes, with values and aliases in the text that were never sent before',
    distinct: Number.POSITIVE_INFINITY,
    hasCeiling: false,
    requestAt: (n) => ({ query: unseenText(n) }),
  },
  {
    name: 'errors',
    description: 'small, with an error of the subgraph that has the entities',
    distinct: PRODUCTS,
    hasCeiling: false,
    expectsErrors: true,
    requestAt: (n) => ({ query: SMALL_TEXT, variables: { upc: `x${n % PRODUCTS}` } }),
  },
];

function wideVariables(n: number): Record<string, unknown> {
  return {
    upc: `p${n}`,
    otherUpc: `p${(n + 11) % PRODUCTS}`,
    user: `u${n % USERS}`,
    otherUser: `u${(n + 17) % USERS}`,
    review: `r${n % REVIEWS}`,
    otherReview: `r${(n * 3 + 5) % REVIEWS}`,
    warehouse: `w${n % WAREHOUSES}`,
    otherWarehouse: `w${(n + 9) % WAREHOUSES}`,
    skip: n,
  };
}

/** As clients write it that put values into the text: a literal, and names of its own. */
function unseenText(n: number): string {
  const { productFields, reviewFields, first } = productOperation(n % 651);
  const [aliased, ...others] = productFields;
  return `{
  product(upc: "p${n % PRODUCTS}") {
    field${n}: ${aliased}
    ${others.join('\n    ')}
    reviews(first: ${first}) {
      ${reviewFields.join('\n      ')}
    }
  }
}
`;
}
