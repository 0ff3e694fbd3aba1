import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Loading } from '../design/loading.tsx';
import { Segments } from '../design/segments.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { useOnPaymentEvent } from '../feed/payment-events.ts';
import { graphql } from '../gql/gql.ts';
import type { PaymentRowFragment } from '../gql/graphql.ts';
import { explainError } from '../graphql/explain-error.ts';
import { mergePayments } from './merge-payments.ts';
import { PaymentList } from './payment-list.tsx';

const ACCOUNT_PAYMENTS = graphql(`
  query AccountPayments($id: ID!, $first: Int!, $after: String, $status: PaymentStatus) {
    user(id: $id) {
      id
      payments(first: $first, after: $after, status: $status) {
        edges {
          cursor
          node {
            ...PaymentRow
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const PAGE_SIZE = 20;
/** Payments heard of while the page is open; when there are more, the list is read again instead. */
const MAX_HEARD = 500;

const FILTERS = [
  { value: 'ALL', label: 'All' },
  { value: 'PENDING', label: 'Pending' },
  { value: 'PROCESSED', label: 'Processed' },
  { value: 'FAILED', label: 'Failed' },
] as const;

type Filter = (typeof FILTERS)[number]['value'];

export interface AccountPaymentsProps {
  readonly id: string;
  /** What users says is pending: it is there at once, before payments has heard of it. */
  readonly pending: readonly PaymentRowFragment[];
}

/** The payments of one account, merged from all who know of some, by status, page by page. */
export function AccountPayments({ id, pending }: AccountPaymentsProps) {
  const [filter, setFilter] = useState<Filter>('ALL');
  const [heard, setHeard] = useState<readonly PaymentRowFragment[]>([]);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const announce = useAnnounce();
  const status = filter === 'ALL' ? undefined : filter;
  const { data, error, loading, refetch, fetchMore } = useQuery(ACCOUNT_PAYMENTS, {
    variables: { id, first: PAGE_SIZE, status: status ?? null },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });
  const connection = data?.user?.payments;

  useOnPaymentEvent(({ payment }) => {
    if (payment.user.id !== id) return;
    if (heard.length < MAX_HEARD) return setHeard((before) => [payment, ...before]);
    setHeard([payment]);
    refetch().catch(() => undefined); // shown by `error`
  });

  const loadMore = async (): Promise<void> => {
    setLoadingMore(true);
    try {
      const { data: more } = await fetchMore({ variables: { after: connection?.pageInfo.endCursor ?? null } });
      announce(`${more?.user?.payments.edges.length ?? 0} more payments`);
    } catch {
      announce('Loading more payments failed');
    } finally {
      setLoadingMore(false);
    }
  };

  const listed = connection?.edges.map(({ node }) => node) ?? [];
  const payments = mergePayments([heard, pending, listed], status);
  return (
    <Card
      title="Payments"
      flush
      actions={<Segments label="Show payments that are" options={FILTERS} value={filter} onChange={setFilter} />}
    >
      {error && (
        <div className="card-notice">
          <ErrorAlert
            explanation={explainError(error)}
            action={<Button onClick={() => void refetch().catch(() => undefined)}>Try again</Button>}
          />
        </div>
      )}
      {payments.length > 0 && <PaymentList label="Payments" payments={payments} />}
      {payments.length === 0 && loading && <Loading what="the payments" />}
      {payments.length === 0 && !loading && !error && (
        <EmptyState title={status ? `No ${status.toLowerCase()} payments` : 'No payments yet'}>
          {status ? 'Choose another status to see the others.' : 'The first one is a form away.'}
        </EmptyState>
      )}
      {connection?.pageInfo.hasNextPage && (
        <div className="card-more">
          <Button busy={isLoadingMore} onClick={() => void loadMore()}>
            Load more
          </Button>
        </div>
      )}
    </Card>
  );
}
