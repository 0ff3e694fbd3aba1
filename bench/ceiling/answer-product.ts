import { productOperation, SMALL, textOf, type ProductOperation } from '../workloads/product-operation.ts';
import { ROTATED_OPERATIONS } from '../workloads/request-workloads.ts';
import type { CeilingAnswer } from './ceiling-answer.ts';

type Row = Record<string, unknown>;

/** `small`, without a look at the text. */
export const answerSmall: CeilingAnswer = ({ variables }, calls) => answer(small, variables, calls);

/** The operations of `rotation`, found by their text. */
export const answerRotation: CeilingAnswer = ({ query, variables }, calls) => {
  const prepared = byText.get(query);
  if (!prepared) throw new Error(`not one of the operations: ${query}`);
  return answer(prepared, variables, calls);
};

interface Prepared {
  readonly fields: readonly string[];
  /** The bodies up to the value that changes. */
  readonly rootBody: string;
  readonly entityBody: string;
}

const small = prepare(SMALL);
const byText = new Map(
  Array.from({ length: ROTATED_OPERATIONS }, (_, n) => productOperation(n)).map((operation) => [textOf(operation), prepare(operation)]),
);

function prepare({ name, productFields, reviewFields, first }: ProductOperation): Prepared {
  const rootFields = ['__typename', ...(productFields.includes('upc') ? productFields : ['upc', ...productFields])];
  const root = `query ${name}__products__0($upc:ID!){product(upc:$upc){${rootFields.join(' ')}}}`;
  const entities =
    `query ${name}__reviews__1($representations:[_Any!]!){_entities(representations:$representations)` +
    `{...on Product{reviews(first:${first}){${reviewFields.join(' ')}}}}}`;
  return {
    fields: productFields,
    rootBody: `{"query":${JSON.stringify(root)},"variables":{"upc":`,
    entityBody: `{"query":${JSON.stringify(entities)},"variables":{"representations":[{"__typename":"Product","upc":`,
  };
}

async function answer({ fields, rootBody, entityBody }: Prepared, variables: Row, { products, reviews }: Parameters<CeilingAnswer>[1]) {
  const { product } = await products<{ product: Row | null }>(`${rootBody}${JSON.stringify(variables['upc'])}}}`);
  if (!product) return '{"data":{"product":null}}';
  const { _entities } = await reviews<{ _entities: [Row] }>(`${entityBody}${JSON.stringify(product['upc'])}}]}}`);
  const shaped: Row = {};
  for (const field of fields) shaped[field] = product[field];
  shaped['reviews'] = _entities[0]['reviews'];
  return JSON.stringify({ data: { product: shaped } });
}
