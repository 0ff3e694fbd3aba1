import { formatMoney } from '../money.ts';

export interface AmountProps {
  /** A decimal as the graph writes it: "25.00". */
  readonly amount: string;
  readonly currency: string;
}

/** Money in the browser's number format, every digit exact. */
export function Amount({ amount, currency }: AmountProps) {
  return <span className="number">{formatMoney(amount, currency)}</span>;
}
