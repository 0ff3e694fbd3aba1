import type { CeilingAnswer } from './ceiling-answer.ts';

type Row = Record<string, unknown>;

const PRODUCTS = bodyStart(
  'query Wide__products__0($upc:ID!$otherUpc:ID!$skip:Int!){product(upc:$upc){upc name price}otherProduct:product(upc:$otherUpc){upc name price}topProducts(first:3 skip:$skip){upc name}}',
);
const ACCOUNTS = bodyStart(
  'query Wide__accounts__1($user:ID!$otherUser:ID!){user(id:$user){id name username}otherUser:user(id:$otherUser){id name username}}',
);
const REVIEWS = bodyStart(
  'query Wide__reviews__2($review:ID!$otherReview:ID!$skip:Int!){review(id:$review){id rating body}otherReview:review(id:$otherReview){id rating body}latestReviews(first:3 skip:$skip){id rating}}',
);
const INVENTORY = bodyStart(
  'query Wide__inventory__3($warehouse:ID!$otherWarehouse:ID!){warehouse(id:$warehouse){id city}otherWarehouse:warehouse(id:$otherWarehouse){id city}}',
);

/** `wide`: four requests at once, whose answers only have to be put into the order of the selection. */
export const answerWide: CeilingAnswer = async ({ variables: v }, calls) => {
  const [p, a, r, i] = await Promise.all([
    calls.products<Row>(`${PRODUCTS}${JSON.stringify({ upc: v['upc'], otherUpc: v['otherUpc'], skip: v['skip'] })}}`),
    calls.accounts<Row>(`${ACCOUNTS}${JSON.stringify({ user: v['user'], otherUser: v['otherUser'] })}}`),
    calls.reviews<Row>(`${REVIEWS}${JSON.stringify({ review: v['review'], otherReview: v['otherReview'], skip: v['skip'] })}}`),
    calls.inventory<Row>(`${INVENTORY}${JSON.stringify({ warehouse: v['warehouse'], otherWarehouse: v['otherWarehouse'] })}}`),
  ]);
  const data = {
    product: p['product'],
    user: a['user'],
    review: r['review'],
    warehouse: i['warehouse'],
    otherProduct: p['otherProduct'],
    otherUser: a['otherUser'],
    otherReview: r['otherReview'],
    otherWarehouse: i['otherWarehouse'],
    topProducts: p['topProducts'],
    latestReviews: r['latestReviews'],
  };
  return JSON.stringify({ data });
};

function bodyStart(query: string): string {
  return `{"query":${JSON.stringify(query)},"variables":`;
}
