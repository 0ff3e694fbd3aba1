import type { ReactNode } from 'react';

export interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  /** A word on the value. */
  readonly hint?: ReactNode;
  /** Default `neutral`. */
  readonly tone?: 'neutral' | 'good' | 'warn' | 'bad';
}

/** One figure with its name, as a tile; put several into `<dl className="tiles">`. */
export function Stat({ label, value, hint, tone = 'neutral' }: StatProps) {
  return (
    <div className={`stat stat-${tone}`}>
      <dt>{label}</dt>
      <dd className="stat-value number">{value}</dd>
      {hint && <dd className="stat-hint">{hint}</dd>}
    </div>
  );
}
