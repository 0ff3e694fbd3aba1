import type { Ref } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Loading } from '../design/loading.tsx';
import { explainError } from '../graphql/explain-error.ts';
import { DeadLetterEntry } from './dead-letter-entry.tsx';
import type { DeadLetter } from './operator-action.ts';
import type { DeadLetterPages } from './use-dead-letters.ts';

export interface DeadLetterListProps {
  readonly pages: DeadLetterPages;
  /** How many there are in all. */
  readonly count: number;
  readonly onRedrive: (letter: DeadLetter) => void;
  readonly onRedriveAll: () => void;
  readonly onDiscard: (letter: DeadLetter) => void;
  /** Turns to another page. */
  readonly onTurn: (turn: () => void) => void;
  /** Takes the focus when the row that had it is gone. */
  readonly ref: Ref<HTMLDivElement>;
}

/** The messages that were set aside, with the way back for one and for all, and the way out for one. */
export function DeadLetterList({ pages, count, onRedrive, onRedriveAll, onDiscard, onTurn, ref }: DeadLetterListProps) {
  const { letters, error, page, hasNext, isLoading } = pages;
  const isPaged = hasNext || page > 1;

  return (
    <Card title="Set aside" flush actions={count > 0 && <Button onClick={onRedriveAll}>Re-drive all</Button>}>
      <div ref={ref} tabIndex={-1} className="letters" aria-label="Messages that were set aside" role="group">
        {error !== undefined && (
          <div className="letters-problem">
            <ErrorAlert
              explanation={explainError(error)}
              action={<Button onClick={() => void pages.refresh().catch(() => undefined)}>Try again</Button>}
            />
          </div>
        )}
        {!letters && isLoading && <Loading what="the messages" />}
        {letters?.length === 0 && !error && (
          <EmptyState title="Nothing was set aside" icon="check">
            A message that cannot be processed waits here for a person.
          </EmptyState>
        )}
        {letters?.map((letter) => (
          <DeadLetterEntry key={letter.id} letter={letter} onRedrive={() => onRedrive(letter)} onDiscard={() => onDiscard(letter)} />
        ))}
      </div>
      {isPaged && (
        <nav className="letters-pages" aria-label="Pages of messages">
          <Button onClick={() => onTurn(pages.previous)} disabled={page === 1}>
            Previous
          </Button>
          <span className="muted small" role="status">
            Page {page}
          </span>
          <Button onClick={() => onTurn(pages.next)} disabled={!hasNext}>
            Next
          </Button>
        </nav>
      )}
    </Card>
  );
}
