import { Field } from '../design/field.tsx';
import { exampleOf } from '../money.ts';

export interface AmountFieldProps {
  readonly label: string;
  /** As typed. */
  readonly value: string;
  readonly currency: string;
  /** After the point. */
  readonly digits: number;
  readonly error?: string | undefined;
  readonly readOnly?: boolean;
  readonly onChange: (value: string) => void;
}

/** An amount as text: a number field would turn it into a float, and change with the mouse wheel. */
export function AmountField({ label, value, currency, digits, error, readOnly = false, onChange }: AmountFieldProps) {
  return (
    <Field label={label} error={error} suffix={currency}>
      {(control) => (
        <input
          {...control}
          className="amount-input"
          inputMode={digits === 0 ? 'numeric' : 'decimal'}
          autoComplete="off"
          maxLength={40}
          placeholder={exampleOf(digits)}
          value={value}
          readOnly={readOnly}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
