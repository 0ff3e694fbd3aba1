import { useQuery } from '@apollo/client/react';
import { Amount } from '../design/amount.tsx';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Loading } from '../design/loading.tsx';
import { Moment } from '../design/moment.tsx';
import { Page } from '../design/page.tsx';
import { graphql } from '../gql/gql.ts';
import { explainError } from '../graphql/explain-error.ts';
import { PayForm } from '../pay/pay-form.tsx';
import { AccountPayments } from './account-payments.tsx';
import { DepositForm } from './deposit-form.tsx';
import './accounts.css';

const ACCOUNT = graphql(`
  query Account($id: ID!) {
    user(id: $id) {
      id
      name
      createdAt
      balance {
        amount
        currency
      }
      pendingPayments {
        ...PaymentRow
      }
    }
  }
`);

const BACK = { to: '/', label: 'Accounts' } as const;

/** One account: what it has, what it paid, and the forms to pay and to deposit. */
export function AccountPage({ id }: { readonly id: string }) {
  const { data, error, loading, refetch } = useQuery(ACCOUNT, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });
  const user = data?.user;

  if (!user) {
    return (
      <Page title={`Account ${id}`} back={BACK}>
        {error && (
          <ErrorAlert
            explanation={explainError(error)}
            action={<Button onClick={() => void refetch().catch(() => undefined)}>Try again</Button>}
          />
        )}
        {!error && loading && <Loading what="the account" />}
        {!error && !loading && (
          <EmptyState title="There is no such account">It may have been typed wrong: go back to the accounts.</EmptyState>
        )}
      </Page>
    );
  }
  const pendingCount = user.pendingPayments.filter(({ status }) => status === 'PENDING').length;
  return (
    <Page
      title={user.name}
      back={BACK}
      lead={
        <>
          Account {user.id}, opened <Moment at={user.createdAt} />
        </>
      }
    >
      {error && <ErrorAlert explanation={explainError(error)} />}
      <div className="account">
        <section className="balance" aria-label="Balance">
          <p className="balance-label">Balance</p>
          <p className="balance-amount">
            <Amount {...user.balance} />
          </p>
          <p className="balance-detail">{pendingCount === 0 ? 'Nothing pending' : `${pendingCount} pending, already taken off`}</p>
          <DepositForm userId={user.id} balance={user.balance} />
        </section>
        <div className="account-pay">
          <PayForm userId={user.id} balance={user.balance} />
        </div>
        <div className="account-payments">
          <AccountPayments id={user.id} pending={user.pendingPayments} />
        </div>
      </div>
    </Page>
  );
}
