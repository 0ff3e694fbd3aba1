/** Seven levels over four subgraphs; price and weight are selected because Mercurius sends for @requires only what clients select. */
export const DEEP = `query Deep($first: Int!, $skip: Int!) {
  topProducts(first: $first, skip: $skip) {
    upc
    name
    price
    weight
    inStock
    shippingEstimate
    reviews(first: 3) {
      id
      rating
      body
      author {
        id
        name
        username
        reviews(first: 3) {
          id
          body
          product {
            upc
            name
            price
            weight
            inStock
            shippingEstimate
            reviews(first: 2) {
              id
              rating
              author {
                id
                name
              }
            }
          }
        }
      }
    }
  }
}
`;

export const DEEP_FIRST = 12;
