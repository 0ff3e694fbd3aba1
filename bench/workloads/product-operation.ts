/** A product with its reviews: one root fetch and one for entities, in as many variants as there are subsets of fields. */
export interface ProductOperation {
  readonly name: string;
  readonly productFields: readonly string[];
  readonly reviewFields: readonly string[];
  readonly first: number;
}

export const SMALL: ProductOperation = {
  name: 'Small',
  productFields: ['upc', 'name', 'price'],
  reviewFields: ['id', 'rating', 'body'],
  first: 2,
};

const PRODUCT_FIELDS = ['upc', 'name', 'price', 'weight', 'category'];
const REVIEW_FIELDS = ['id', 'rating', 'body'];

/** @param n from 0; the first 651 differ */
export function productOperation(n: number): ProductOperation {
  const productFields = subset(PRODUCT_FIELDS, 1 + (n % 31));
  const reviewFields = subset(REVIEW_FIELDS, 1 + (Math.floor(n / 31) % 7));
  return { name: `Product${n}`, productFields, reviewFields, first: 1 + (Math.floor(n / 217) % 3) };
}

export function textOf({ name, productFields, reviewFields, first }: ProductOperation): string {
  return `query ${name}($upc: ID!) {
  product(upc: $upc) {
    ${productFields.join('\n    ')}
    reviews(first: ${first}) {
      ${reviewFields.join('\n      ')}
    }
  }
}
`;
}

/** The bits of `mask` choose. */
function subset(fields: readonly string[], mask: number): string[] {
  return fields.filter((_, index) => (mask & (1 << index)) !== 0);
}
