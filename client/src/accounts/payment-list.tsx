import { Amount } from '../design/amount.tsx';
import { Moment } from '../design/moment.tsx';
import { Status } from '../design/status.tsx';
import type { PaymentRowFragment } from '../gql/graphql.ts';
import { toFailureWords } from './failure-words.ts';

/** Payments, each with what it was for, how much, when, and where it stands. */
export function PaymentList({ label, payments }: { readonly label: string; readonly payments: readonly PaymentRowFragment[] }) {
  return (
    <ul className="rows" aria-label={label}>
      {payments.map(({ id, description, amount, status, failureReason, requestedAt }) => (
        <li key={id} className="entry" data-payment-id={id}>
          <div className="entry-text">
            <p className="entry-title">{description || 'Payment'}</p>
            <p className="entry-detail">
              <Moment at={requestedAt} />
              {status === 'FAILED' && <span> · {toFailureWords(failureReason)}</span>}
            </p>
          </div>
          <div className="entry-figures">
            <span className={status === 'FAILED' ? 'entry-amount entry-amount-void' : 'entry-amount'}>
              <Amount {...amount} />
            </span>
            <Status value={status} />
          </div>
        </li>
      ))}
    </ul>
  );
}
