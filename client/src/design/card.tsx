import { useId, type ReactNode } from 'react';

export interface CardProps {
  readonly title: ReactNode;
  /** Buttons or a filter beside the title. */
  readonly actions?: ReactNode;
  /** Contents up to the edges: a table. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Card({ title, actions, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${flush ? 'card-flush' : ''}`} aria-labelledby={id}>
      <header className="card-header">
        <h2 id={id}>{title}</h2>
        {actions && <div className="row">{actions}</div>}
      </header>
      <div className="card-body">{children}</div>
    </section>
  );
}
