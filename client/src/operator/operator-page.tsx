import { useApolloClient, useQuery } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { Alert } from '../design/alert.tsx';
import { Button } from '../design/button.tsx';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Icon } from '../design/icon.tsx';
import { Page } from '../design/page.tsx';
import { Stat } from '../design/stat.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { DeadLetterList } from './dead-letter-list.tsx';
import { DiscardDialog } from './discard-dialog.tsx';
import { explainOperatorError } from './explain-operator-error.ts';
import { toWords, type DeadLetter, type OperatorAction } from './operator-action.ts';
import { PAUSE, PROCESSING, REDRIVE_ALL, REDRIVE_ONE, RESUME } from './operator-operations.ts';
import { useDeadLetters } from './use-dead-letters.ts';
import { useWhileVisible } from './use-while-visible.ts';
import './operator.css';

const STATE_EVERY_MS = 2_000;
/** What is sent back and fails again is there again about then, while the number may look as before. */
const SET_ASIDE_AGAIN_MS = 1_500;

const REDRIVEN_AT_ONCE = 500;

const number = new Intl.NumberFormat();

/** For those who look after the payments: pause and resume, and what could not be processed. */
export function OperatorPage() {
  const client = useApolloClient();
  const announce = useAnnounce();
  const [action, setAction] = useState<OperatorAction>();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [discarded, setDiscarded] = useState<DeadLetter>();
  const [isDiscardOpen, setDiscardOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const focusList = useRef(false);
  const { data, error, refetch } = useQuery(PROCESSING, { fetchPolicy: 'network-only' });
  const state = data?.processing;
  const pages = useDeadLetters(state?.deadLettered);
  useWhileVisible(refetch, STATE_EVERY_MS);

  const ask = (next: OperatorAction): void => {
    setAction(next);
    setOpen(true);
  };
  /** In parts, so that no answer takes long. */
  const redriveAll = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= REDRIVEN_AT_ONCE)
      await client.mutate({ mutation: REDRIVE_ALL, variables: { limit: Math.min(left, REDRIVEN_AT_ONCE) } });
  };
  const perform = (chosen: OperatorAction): Promise<unknown> => {
    switch (chosen.kind) {
      case 'pause':
        return client.mutate({ mutation: PAUSE });
      case 'resume':
        return client.mutate({ mutation: RESUME });
      case 'redrive-one':
        return client.mutate({ mutation: REDRIVE_ONE, variables: { id: chosen.letter.id } });
      case 'redrive-all':
        return redriveAll(chosen.count);
    }
  };
  const lookAgain = (): Promise<unknown> => Promise.allSettled([refetch(), pages.refresh()]);

  const confirm = async (): Promise<void> => {
    if (!action) return;
    const redrives = action.kind === 'redrive-one' || action.kind === 'redrive-all';
    setBusy(true);
    setProblem(undefined);
    try {
      await perform(action);
      announce(toWords(action).done);
    } catch (failure) {
      setProblem(failure);
    }
    await lookAgain();
    setBusy(false);
    setOpen(false);
    if (!redrives) return;
    focusList.current = true;
    setTimeout(() => void lookAgain(), SET_ASIDE_AGAIN_MS);
  };
  // After the dialog has given the focus back to the button that opened it, which may be gone.
  useEffect(() => {
    if (isOpen || isDiscardOpen || !focusList.current) return;
    focusList.current = false;
    list.current?.focus();
  }, [isOpen, isDiscardOpen]);
  const words = action && toWords(action);

  return (
    <Page
      title="Operator"
      lead="Pause and resume processing, and look after what could not be processed."
      actions={
        state && (
          <Button
            variant={state.paused ? 'primary' : 'secondary'}
            onClick={() => ask(state.paused ? { kind: 'resume', waiting: state.waiting } : { kind: 'pause' })}
          >
            <Icon name={state.paused ? 'play' : 'pause'} size={16} />
            {state.paused ? 'Resume processing' : 'Pause processing'}
          </Button>
        )
      }
    >
      {problem !== undefined && (
        <ErrorAlert explanation={explainOperatorError(problem)} action={<Button onClick={() => setProblem(undefined)}>Dismiss</Button>} />
      )}
      {error && <ErrorAlert explanation={explainOperatorError(error)} />}
      {state?.paused && (
        <Alert tone="warning" title="Processing is paused">
          Payments are accepted and wait in the queue until somebody resumes.
        </Alert>
      )}
      <dl className="tiles">
        <Stat
          label="Processing"
          value={state ? (state.paused ? 'Paused' : 'Running') : '–'}
          tone={state?.paused ? 'warn' : state ? 'good' : 'neutral'}
        />
        <Stat label="Waiting" value={state ? number.format(state.waiting) : '–'} hint="Requests of payments in the queue" />
        <Stat
          label="Set aside"
          value={state ? number.format(state.deadLettered) : '–'}
          hint="Messages that need a person"
          tone={state && state.deadLettered > 0 ? 'bad' : 'neutral'}
        />
      </dl>
      <DeadLetterList
        ref={list}
        pages={pages}
        count={state?.deadLettered ?? 0}
        onTurn={(turn) => {
          turn();
          list.current?.focus(); // at the last page its button is disabled
        }}
        onRedrive={(letter) => ask({ kind: 'redrive-one', letter })}
        onRedriveAll={() => ask({ kind: 'redrive-all', count: state?.deadLettered ?? 0 })}
        onDiscard={(letter) => {
          setDiscarded(letter);
          setDiscardOpen(true);
        }}
      />
      <DiscardDialog
        open={isDiscardOpen}
        letter={discarded}
        onSent={(isGone) => {
          focusList.current = isGone;
          return lookAgain();
        }}
        onClose={() => setDiscardOpen(false)}
      />
      <ConfirmDialog
        open={isOpen}
        title={words?.question ?? ''}
        confirmLabel={words?.verb ?? ''}
        busy={isBusy}
        onConfirm={() => void confirm()}
        onCancel={() => setOpen(false)}
      >
        <p>{words?.consequence}</p>
      </ConfirmDialog>
    </Page>
  );
}
