export const FAN_OUT = `subscription FanOut {
  reviewAdded {
    id
    rating
    body
    author {
      id
      name
    }
  }
}
`;
