import { useApolloClient } from '@apollo/client/react';
import { useId, useRef, useState, type SubmitEvent } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Field } from '../design/field.tsx';
import { graphql } from '../gql/gql.ts';
import { explainError, type Explanation } from '../graphql/explain-error.ts';
import { AmountField } from '../forms/amount-field.tsx';
import { customaryDigits, parseTypedAmount } from '../money.ts';

const CREATE_ACCOUNT = graphql(`
  mutation CreateAccount($input: CreateUserInput!) {
    createUser(input: $input) {
      id
      name
      balance {
        amount
        currency
      }
    }
  }
`);

/** What a currency has at most; the server knows each one's own number. */
const MOST_DIGITS = 4;

export interface CreateAccountFormProps {
  readonly onCreated: (id: string) => void;
  readonly onCancel: () => void;
}

/** Opens an account with a name, a currency and what it starts with. */
export function CreateAccountForm({ onCreated, onCancel }: CreateAccountFormProps) {
  const client = useApolloClient();
  const listId = useId();
  const [fields, setFields] = useState({ name: '', currency: 'MXN', openingBalance: '' });
  const [problems, setProblems] = useState<{ readonly name?: string; readonly openingBalance?: string; readonly currency?: string }>({});
  const [explanation, setExplanation] = useState<Explanation>();
  const [isSending, setSending] = useState(false);
  const isBusy = useRef(false);
  const set = (field: keyof typeof fields, value: string): void => {
    setProblems({});
    setExplanation(undefined);
    setFields((before) => ({ ...before, [field]: value }));
  };

  const create = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (isBusy.current) return;
    const opening = /^[0.,\s]*$/.test(fields.openingBalance) ? { amount: '0' } : parseTypedAmount(fields.openingBalance, MOST_DIGITS);
    const found = {
      ...(fields.name.trim() === '' && { name: 'Type a name.' }),
      ...(!/^[A-Z]{3}$/.test(fields.currency) && { currency: 'Type the three letters of a currency, such as MXN.' }),
      ...('problem' in opening && { openingBalance: opening.problem }),
    };
    setProblems(found);
    if ('problem' in opening || Object.keys(found).length > 0) return;
    isBusy.current = true;
    setSending(true);
    setExplanation(undefined);
    try {
      const { data } = await client.mutate({
        mutation: CREATE_ACCOUNT,
        variables: { input: { name: fields.name.trim(), currency: fields.currency, openingBalance: opening.amount } },
      });
      if (data) onCreated(data.createUser.id);
    } catch (error) {
      setExplanation(explainCreation(error));
    } finally {
      isBusy.current = false;
      setSending(false);
    }
  };

  return (
    <Card title="New account">
      <form className="stack" noValidate onSubmit={(event) => void create(event)}>
        <div className="form-line">
          <Field label="Name" error={problems.name}>
            {(control) => (
              <input
                {...control}
                autoFocus
                maxLength={200}
                autoComplete="off"
                value={fields.name}
                onChange={(event) => set('name', event.target.value)}
              />
            )}
          </Field>
          <Field label="Currency" error={problems.currency}>
            {(control) => (
              <input
                {...control}
                list={listId}
                maxLength={3}
                autoComplete="off"
                spellCheck={false}
                value={fields.currency}
                onChange={(event) => set('currency', event.target.value.toUpperCase())}
              />
            )}
          </Field>
          <AmountField
            label="Opening balance"
            value={fields.openingBalance}
            currency={fields.currency}
            digits={customaryDigits(fields.currency)}
            error={problems.openingBalance}
            onChange={(value) => set('openingBalance', value)}
          />
        </div>
        <datalist id={listId}>
          {['MXN', 'USD', 'EUR', 'GBP', 'JPY', 'CAD', 'BRL', 'COP', 'CLP', 'ARS', 'CHF', 'KWD'].map((code) => (
            <option key={code} value={code} />
          ))}
        </datalist>
        {explanation && <ErrorAlert explanation={explanation} />}
        <div className="row">
          <Button type="submit" variant="primary" busy={isSending}>
            Create account
          </Button>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      </form>
    </Card>
  );
}

/** Creating has no key that would make a second time safe, so the words may not promise it. */
function explainCreation(error: unknown): Explanation {
  const explanation = explainError(error);
  if (explanation.done === 'nothing') return explanation;
  return { ...explanation, text: 'It may have been created all the same: look at the list before you try again.' };
}
