import type { CeilingAnswer } from './ceiling-answer.ts';
import type { SubgraphCall } from './subgraph-call.ts';

interface Author {
  readonly id: string;
}
interface InnerReview {
  readonly id: string;
  readonly rating: number;
  readonly author: Author;
}
interface InnerProduct {
  readonly upc: string;
  readonly reviews: readonly InnerReview[];
}
interface AuthorReview {
  readonly id: string;
  readonly body: string;
  readonly product: InnerProduct;
}
interface Review extends InnerReview {
  readonly body: string;
  readonly author: Author & { readonly reviews: readonly AuthorReview[] };
}
interface Product {
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
}
interface Stock {
  readonly inStock: number;
  readonly shippingEstimate: number;
}
interface User {
  readonly name: string;
  readonly username: string;
}

const ENTITIES = '($representations:[_Any!]!){_entities(representations:$representations){';
const TOP = `{"query":${JSON.stringify('query Deep__products__0($first:Int!$skip:Int!){topProducts(first:$first skip:$skip){__typename upc name price weight}}')},"variables":`;
const REVIEWS = entityBody(
  `query Deep__reviews__1${ENTITIES}...on Product{reviews(first:3){id rating body author{__typename id reviews(first:3){id body product{__typename upc reviews(first:2){id rating author{__typename id}}}}}}}}}`,
);
const AUTHORS = entityBody(`query Deep__accounts__2${ENTITIES}...on User{name username}}}`);
const IN_STOCK = entityBody(`query Deep__inventory__3${ENTITIES}...on Product{inStock}}}`);
const DETAILS = entityBody(`query Deep__products__4${ENTITIES}...on Product{name price weight}}}`);
const SHIPPING = entityBody(`query Deep__inventory__5${ENTITIES}...on Product{shippingEstimate}}}`);
const INNER_AUTHORS = entityBody(`query Deep__accounts__6${ENTITIES}...on User{name}}}`);
const STOCK = entityBody(`query Deep__inventory__7${ENTITIES}...on Product{inStock shippingEstimate}}}`);

/** `deep`: the eight requests that the plan has, each entity once per request, and one pass that builds the answer. */
export const answerDeep: CeilingAnswer = async ({ variables }, calls) => {
  const { topProducts } = await calls.products<{ topProducts: Product[] }>(
    `${TOP}${JSON.stringify({ first: variables['first'], skip: variables['skip'] })}}`,
  );
  const stockLater = entities<Stock>(
    calls.inventory,
    STOCK,
    topProducts.map(({ upc, price, weight }) => ({ __typename: 'Product', upc, price, weight })),
  );
  const reviewed = await entities<{ reviews: Review[] }>(
    calls.reviews,
    REVIEWS,
    topProducts.map(({ upc }) => ({ __typename: 'Product', upc })),
  );

  const authorIds = new Set<string>();
  const innerAuthorIds = new Set<string>();
  const upcs = new Set<string>();
  for (const { reviews } of reviewed) {
    for (const { author } of reviews) {
      authorIds.add(author.id);
      for (const { product } of author.reviews) {
        upcs.add(product.upc);
        for (const inner of product.reviews) innerAuthorIds.add(inner.author.id);
      }
    }
  }
  const products = [...upcs].map((upc) => ({ __typename: 'Product', upc }));
  const detailsLater = entities<Product>(calls.products, DETAILS, products);
  const shippingLater = detailsLater.then((details) =>
    entities<Stock>(
      calls.inventory,
      SHIPPING,
      products.map(({ upc }, n) => ({ __typename: 'Product', price: details[n]?.price, weight: details[n]?.weight, upc })),
    ),
  );
  const [stock, authors, innerAuthors, inStock, details, shipping] = await Promise.all([
    stockLater,
    entities<User>(calls.accounts, AUTHORS, toUsers(authorIds)),
    entities<User>(calls.accounts, INNER_AUTHORS, toUsers(innerAuthorIds)),
    entities<Stock>(calls.inventory, IN_STOCK, products),
    detailsLater,
    shippingLater,
  ]);

  const authorOf = byKey(authorIds, authors);
  const innerAuthorOf = byKey(innerAuthorIds, innerAuthors);
  const detailsOf = byKey(upcs, details);
  const inStockOf = byKey(upcs, inStock);
  const shippingOf = byKey(upcs, shipping);

  const toProduct = ({ upc, reviews }: InnerProduct) => {
    const known = detailsOf.get(upc);
    return {
      upc,
      name: known?.name,
      price: known?.price,
      weight: known?.weight,
      inStock: inStockOf.get(upc)?.inStock,
      shippingEstimate: shippingOf.get(upc)?.shippingEstimate,
      reviews: reviews.map(({ id, rating, author }) => ({
        id,
        rating,
        author: { id: author.id, name: innerAuthorOf.get(author.id)?.name },
      })),
    };
  };
  const data = {
    topProducts: topProducts.map(({ upc, name, price, weight }, n) => ({
      upc,
      name,
      price,
      weight,
      inStock: stock[n]?.inStock,
      shippingEstimate: stock[n]?.shippingEstimate,
      reviews: reviewed[n]?.reviews.map(({ id, rating, body, author }) => ({
        id,
        rating,
        body,
        author: {
          id: author.id,
          name: authorOf.get(author.id)?.name,
          username: authorOf.get(author.id)?.username,
          reviews: author.reviews.map((review) => ({ id: review.id, body: review.body, product: toProduct(review.product) })),
        },
      })),
    })),
  };
  return JSON.stringify({ data });
};

function entityBody(query: string): string {
  return `{"query":${JSON.stringify(query)},"variables":{"representations":`;
}

async function entities<Entity>(call: SubgraphCall, body: string, representations: object[]): Promise<Entity[]> {
  return (await call<{ _entities: Entity[] }>(`${body}${JSON.stringify(representations)}}}`))._entities;
}

function toUsers(ids: ReadonlySet<string>): object[] {
  return [...ids].map((id) => ({ __typename: 'User', id }));
}

function byKey<Entity>(keys: Iterable<string>, found: readonly Entity[]): Map<string, Entity> {
  const map = new Map<string, Entity>();
  let n = 0;
  for (const key of keys) {
    const entity = found[n];
    if (entity) map.set(key, entity);
    n += 1;
  }
  return map;
}
