import { useApolloClient } from '@apollo/client/react';
import { useId, useState, type SubmitEvent } from 'react';
import { Button } from '../design/button.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { AmountField } from '../forms/amount-field.tsx';
import { FormNotice } from '../forms/form-notice.tsx';
import { useRememberedForm } from '../forms/use-remembered-form.ts';
import { graphql } from '../gql/gql.ts';
import { digitsOf, formatMoney, parseTypedAmount } from '../money.ts';

const DEPOSIT = graphql(`
  mutation Deposit($input: DepositInput!) {
    deposit(input: $input) {
      id
      balance {
        amount
        currency
      }
    }
  }
`);

export interface DepositFormProps {
  readonly userId: string;
  readonly balance: { readonly amount: string; readonly currency: string };
}

/** Adds to the balance; opens when it is wanted, or when one was sent and not answered. */
export function DepositForm({ userId, balance }: DepositFormProps) {
  const client = useApolloClient();
  const announce = useAnnounce();
  const formId = useId();
  const { fields, set, phase, explanation, submit, startAnew } = useRememberedForm({ name: `deposit.${userId}`, empty: { amount: '' } });
  const [isOpen, setOpen] = useState(phase === 'unanswered');
  const [problem, setProblem] = useState<string>();

  const deposit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const parsed = parseTypedAmount(fields.amount, digitsOf(balance.amount));
    setProblem('problem' in parsed ? parsed.problem : undefined);
    if ('problem' in parsed) return;
    await submit(async (idempotencyKey) => {
      const { amount } = parsed;
      await client.mutate({ mutation: DEPOSIT, variables: { input: { userId, amount, idempotencyKey } } });
      announce(`Deposited ${formatMoney(amount, balance.currency)}`);
      setOpen(false);
    });
  };

  return (
    <div className="deposit">
      <Button aria-expanded={isOpen} aria-controls={formId} onClick={() => setOpen(!isOpen)}>
        Deposit
      </Button>
      <form id={formId} className="stack" hidden={!isOpen} noValidate onSubmit={(event) => void deposit(event)}>
        <AmountField
          label="Amount to deposit"
          value={fields.amount}
          currency={balance.currency}
          digits={digitsOf(balance.amount)}
          error={problem ?? (explanation?.field === 'amount' ? explanation.text : undefined)}
          readOnly={phase !== 'typing'}
          onChange={(value) => {
            setProblem(undefined);
            set('amount', value);
          }}
        />
        <FormNotice phase={phase} explanation={explanation} what="deposit" onStartAnew={startAnew} />
        <Button type="submit" variant="primary" busy={phase === 'sending'}>
          {phase === 'unanswered' ? 'Send again' : 'Add to the balance'}
        </Button>
      </form>
    </div>
  );
}
