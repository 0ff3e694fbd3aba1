import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { Amount } from '../design/amount.tsx';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Icon } from '../design/icon.tsx';
import { Loading } from '../design/loading.tsx';
import { Page } from '../design/page.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { graphql } from '../gql/gql.ts';
import { explainError } from '../graphql/explain-error.ts';
import { CreateAccountForm } from './create-account-form.tsx';
import { toInitials } from './to-initials.ts';
import './accounts.css';

const ACCOUNTS = graphql(`
  query Accounts($first: Int!, $after: String) {
    users(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          name
          balance {
            amount
            currency
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const PAGE_SIZE = 20;

/** All accounts with what they have, and a new one. */
export function AccountsPage() {
  const [, navigate] = useLocation();
  const announce = useAnnounce();
  const [isCreating, setCreating] = useState(false);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const { data, error, loading, refetch, fetchMore } = useQuery(ACCOUNTS, {
    variables: { first: PAGE_SIZE },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });

  const loadMore = async (): Promise<void> => {
    setLoadingMore(true);
    try {
      const { data: more } = await fetchMore({ variables: { after: data?.users.pageInfo.endCursor ?? null } });
      announce(`${more?.users.edges.length ?? 0} more accounts`);
    } catch {
      announce('Loading more accounts failed');
    } finally {
      setLoadingMore(false);
    }
  };
  const users = data?.users.edges ?? [];

  return (
    <Page
      title="Accounts"
      lead="Who can pay, and what they have."
      actions={
        !isCreating && (
          <Button variant="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" size={16} />
            New account
          </Button>
        )
      }
    >
      {isCreating && <CreateAccountForm onCreated={(id) => navigate(`/accounts/${id}`)} onCancel={() => setCreating(false)} />}
      {error && (
        <ErrorAlert
          explanation={explainError(error)}
          action={<Button onClick={() => void refetch().catch(() => undefined)}>Try again</Button>}
        />
      )}
      {users.length === 0 && loading && <Loading what="the accounts" />}
      {users.length === 0 && !loading && !error && <EmptyState title="No accounts yet">Create the first one.</EmptyState>}
      {users.length > 0 && (
        <Card title="All accounts" flush>
          <ul className="rows">
            {users.map(({ node: { id, name, balance } }) => (
              <li key={id}>
                <Link className="entry entry-link" href={`/accounts/${id}`}>
                  <span className="avatar" aria-hidden="true">
                    {toInitials(name)}
                  </span>
                  <span className="entry-text">
                    <span className="entry-title">{name}</span>
                    <span className="entry-detail">Account {id}</span>
                  </span>
                  <span className="entry-amount">
                    <Amount {...balance} />
                  </span>
                  <Icon name="forward" size={16} />
                </Link>
              </li>
            ))}
          </ul>
          {data?.users.pageInfo.hasNextPage && (
            <div className="card-more">
              <Button busy={isLoadingMore} onClick={() => void loadMore()}>
                Load more
              </Button>
            </div>
          )}
        </Card>
      )}
    </Page>
  );
}
