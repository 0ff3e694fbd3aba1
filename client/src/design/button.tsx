import type { ButtonHTMLAttributes, MouseEvent } from 'react';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` once per form; `danger` for what cannot be taken back; `quiet` inside rows. Default `secondary`. */
  readonly variant?: 'primary' | 'secondary' | 'danger' | 'quiet';
  /** Work is under way: shows it, keeps the focus, and takes no click. */
  readonly busy?: boolean;
}

/** A button; `type="button"` unless said otherwise. */
export function Button({ variant = 'secondary', busy = false, type = 'button', className = '', onClick, children, ...rest }: ButtonProps) {
  const click = (event: MouseEvent<HTMLButtonElement>): void => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button {...rest} type={type} className={`button button-${variant} ${className}`} aria-disabled={busy || undefined} onClick={click}>
      {busy && <span className="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}
