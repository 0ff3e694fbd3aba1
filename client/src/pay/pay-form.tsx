import { useApolloClient } from '@apollo/client/react';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Field } from '../design/field.tsx';
import { reportMutation } from '../feed/payment-events.ts';
import { AmountField } from '../forms/amount-field.tsx';
import { FormNotice } from '../forms/form-notice.tsx';
import { useRememberedForm } from '../forms/use-remembered-form.ts';
import { graphql } from '../gql/gql.ts';
import type { PaymentRowFragment } from '../gql/graphql.ts';
import { digitsOf, parseTypedAmount } from '../money.ts';
import { PaymentOutcome } from './payment-outcome.tsx';

const PAY = graphql(`
  mutation Pay($input: PayInput!) {
    pay(input: $input) {
      payment {
        ...PaymentRow
      }
      user {
        id
        balance {
          amount
          currency
        }
        pendingPayments {
          ...PaymentRow
        }
      }
    }
  }
`);

export interface PayFormProps {
  readonly userId: string;
  readonly balance: { readonly amount: string; readonly currency: string };
}

/** Pays once, however often it is clicked, reloaded or left without an answer, and shows what became of it. */
export function PayForm({ userId, balance }: PayFormProps) {
  const client = useApolloClient();
  const { fields, set, phase, explanation, submit, startAnew } = useRememberedForm({
    name: `pay.${userId}`,
    empty: { amount: '', description: '' },
  });
  const [problem, setProblem] = useState<string>();
  const [accepted, setAccepted] = useState<PaymentRowFragment>();

  const pay = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const parsed = parseTypedAmount(fields.amount, digitsOf(balance.amount));
    setProblem('problem' in parsed ? parsed.problem : undefined);
    if ('problem' in parsed) return;
    const sentAtMs = performance.now();
    await submit(async (idempotencyKey) => {
      const { currency } = balance;
      const description = fields.description.trim() || null;
      const { data } = await client.mutate({
        mutation: PAY,
        variables: { input: { userId, amount: parsed.amount, currency, description, idempotencyKey } },
      });
      if (!data) throw new Error('the server answered neither data nor an error');
      reportMutation(data.pay.payment.id, sentAtMs);
      setAccepted(data.pay.payment);
    });
  };

  return (
    <Card title="Pay">
      <form className="stack" noValidate onSubmit={(event) => void pay(event)}>
        <AmountField
          label="Amount"
          value={fields.amount}
          currency={balance.currency}
          digits={digitsOf(balance.amount)}
          error={problem}
          readOnly={phase !== 'typing'}
          onChange={(value) => {
            setProblem(undefined);
            set('amount', value);
          }}
        />
        <Field label="Description" hint="Optional: what it is for.">
          {(control) => (
            <input
              {...control}
              maxLength={500}
              autoComplete="off"
              value={fields.description}
              readOnly={phase !== 'typing'}
              onChange={(event) => set('description', event.target.value)}
            />
          )}
        </Field>
        <FormNotice phase={phase} explanation={explanation} what="payment" onStartAnew={startAnew} />
        <Button type="submit" variant="primary" busy={phase === 'sending'}>
          {phase === 'unanswered' ? 'Send again' : 'Pay'}
        </Button>
      </form>
      {accepted && <PaymentOutcome key={accepted.id} accepted={accepted} />}
    </Card>
  );
}
