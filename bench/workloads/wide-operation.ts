/** Ten root fields over four subgraphs. */
export const WIDE = `query Wide($upc: ID!, $otherUpc: ID!, $user: ID!, $otherUser: ID!, $review: ID!, $otherReview: ID!, $warehouse: ID!, $otherWarehouse: ID!, $skip: Int!) {
  product(upc: $upc) {
    upc
    name
    price
  }
  user(id: $user) {
    id
    name
    username
  }
  review(id: $review) {
    id
    rating
    body
  }
  warehouse(id: $warehouse) {
    id
    city
  }
  otherProduct: product(upc: $otherUpc) {
    upc
    name
    price
  }
  otherUser: user(id: $otherUser) {
    id
    name
    username
  }
  otherReview: review(id: $otherReview) {
    id
    rating
    body
  }
  otherWarehouse: warehouse(id: $otherWarehouse) {
    id
    city
  }
  topProducts(first: 3, skip: $skip) {
    upc
    name
  }
  latestReviews(first: 3, skip: $skip) {
    id
    rating
  }
}
`;
