import { useId, type ReactNode } from 'react';

/** What `Field` gives to its control, to be spread into it. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

export interface FieldProps {
  readonly label: string;
  /** What to type, said before anything is wrong. */
  readonly hint?: ReactNode;
  /** What is wrong with what was typed. */
  readonly error?: ReactNode;
  /** Shown at the end of the control: a currency. */
  readonly suffix?: ReactNode;
  readonly children: (control: ControlProps) => ReactNode;
}

/** A labelled control with its hint and its error: `<Field label="Name">{(control) => <input {...control} />}</Field>`. */
export function Field({ label, hint, error, suffix, children }: FieldProps) {
  const id = useId();
  const described = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-control">
        {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
        {suffix && <span className="field-suffix">{suffix}</span>}
      </div>
      {error && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
