import { CombinedGraphQLErrors, CombinedProtocolErrors, type ApolloClient } from '@apollo/client';
import { graphql } from '../gql/gql.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';
import type { EventSource, StreamFailure } from './payment-event-stream.ts';

const PAYMENT_EVENTS = graphql(`
  subscription PaymentEvents($after: String) {
    paymentProcessed(after: $after) {
      cursor
      occurredAt
      payment {
        id
        status
        failureReason
        amount {
          amount
          currency
        }
        description
        requestedAt
        processedAt
        user {
          id
          name
          balance {
            amount
            currency
          }
        }
      }
    }
  }
`);

const NEWEST_CURSOR = graphql(`
  query NewestPaymentEvent {
    paymentEventsCursor
  }
`);

/** Payment events over this client's link. Nothing goes into its cache: a stream has no end, a cache must. */
export function createApolloEventSource(client: ApolloClient): EventSource<PaymentEventRecord> {
  return {
    subscribe(after, sink) {
      const subscription = client
        .subscribe({ query: PAYMENT_EVENTS, variables: { after }, fetchPolicy: 'no-cache', context: { queryDeduplication: false } })
        .subscribe({
          next({ data, error }) {
            if (error) sink.failed(toStreamFailure(error));
            else if (data) sink.event(data.paymentProcessed);
          },
          error: (error: unknown) => sink.failed(toStreamFailure(error)),
          complete: () => sink.ended(),
        });
      return () => subscription.unsubscribe();
    },
    async readNewestCursor(signal) {
      const context = { queryDeduplication: false, fetchOptions: { signal } };
      try {
        const { data } = await client.query({ query: NEWEST_CURSOR, fetchPolicy: 'no-cache', context });
        if (!data) throw new Error('the answer has no data');
        return data.paymentEventsCursor;
      } catch (error) {
        throw toStreamFailure(error);
      }
    },
  };
}

function toStreamFailure(error: unknown): StreamFailure {
  const [first] = CombinedGraphQLErrors.is(error) || CombinedProtocolErrors.is(error) ? error.errors : [];
  if (!first) return { message: 'the server cannot be reached' };
  const code = first.extensions?.['code'];
  return { code: typeof code === 'string' ? code : undefined, message: first.message };
}
