const PRODUCT_FIELDS = ['upc', 'name', 'price', 'weight', 'category'];
const REVIEW_FIELDS = ['id', 'rating', 'body'];

/**
 * One of many operations of which no two are the same when names, values and white space are taken away: a gateway has to plan each of them.
 * @param n from 0; the first 184,320 differ
 */
export function unseenOperation(n: number): string {
  const take = (count: number): number => {
    const taken = n % count;
    n = Math.floor(n / count);
    return taken;
  };
  const productFields = arranged(PRODUCT_FIELDS, take(120), take(2 ** PRODUCT_FIELDS.length));
  const reviewFields = arranged(REVIEW_FIELDS, take(6), take(2 ** REVIEW_FIELDS.length));
  return `query ($upc: ID!) {
  product(upc: $upc) {
    ${productFields.join('\n    ')}
    reviews(first: 2) {
      ${reviewFields.join('\n      ')}
    }
  }
}
`;
}

/** The fields in the order of that number, those of the mask's bits under an alias. */
function arranged(fields: readonly string[], order: number, aliased: number): string[] {
  const left = fields.map((field, index) => ((aliased & (1 << index)) === 0 ? field : `my_${field}: ${field}`));
  const inOrder: string[] = [];
  while (left.length > 0) {
    inOrder.push(...left.splice(order % left.length, 1));
    order = Math.floor(order / (left.length + 1));
  }
  return inOrder;
}
