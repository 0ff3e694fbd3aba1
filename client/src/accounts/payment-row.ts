import { graphql } from '../gql/gql.ts';

/** What a list shows of a payment. */
export const PAYMENT_ROW = graphql(`
  fragment PaymentRow on Payment {
    id
    status
    failureReason
    description
    requestedAt
    processedAt
    amount {
      amount
      currency
    }
  }
`);
