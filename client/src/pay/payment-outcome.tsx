import { useEffect } from 'react';
import { toFailureWords } from '../accounts/failure-words.ts';
import { Amount } from '../design/amount.tsx';
import { Status } from '../design/status.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { usePaymentOutcome } from '../feed/payment-events.ts';
import type { PaymentRowFragment } from '../gql/graphql.ts';
import { formatMoney } from '../money.ts';

/** The payment that was just made: PENDING at once, and its outcome when the event arrives. Read out, too. */
export function PaymentOutcome({ accepted }: { readonly accepted: PaymentRowFragment }) {
  const announce = useAnnounce();
  const { status, failureReason } = usePaymentOutcome(accepted.id)?.payment ?? accepted;
  const { amount, currency } = accepted.amount;
  const words =
    status === 'PENDING' ? 'Accepted. The outcome comes in a moment.' : status === 'PROCESSED' ? 'Done.' : toFailureWords(failureReason);

  useEffect(() => announce(`Payment of ${formatMoney(amount, currency)}: ${words}`), [announce, amount, currency, words]);

  return (
    <div className={`outcome outcome-${status.toLowerCase()}`} data-outcome={status} data-payment-id={accepted.id}>
      <div className="outcome-line">
        <strong>
          <Amount amount={amount} currency={currency} />
        </strong>
        <Status value={status} />
      </div>
      <p className="small muted">
        {accepted.description && <>{accepted.description} · </>}
        {words}
      </p>
    </div>
  );
}
