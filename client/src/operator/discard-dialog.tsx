import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { Button } from '../design/button.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import { Field } from '../design/field.tsx';
import { ModalDialog } from '../design/modal-dialog.tsx';
import { useAnnounce } from '../design/use-announce.ts';
import { explainOperatorError } from './explain-operator-error.ts';
import type { DeadLetter } from './operator-action.ts';
import { DISCARD } from './operator-operations.ts';

const REASON_MIN = 3;
const REASON_MAX = 1_000;
const NAME_MAX = 200;

export interface DiscardDialogProps {
  readonly open: boolean;
  /** The one that it is about; the last one while it is closed. */
  readonly letter: DeadLetter | undefined;
  /** It was sent: the message is gone when `discarded`; else the list may be out of date. */
  readonly onSent: (discarded: boolean) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for the reason, then throws one message away. What was typed stays when it is refused. Escape cancels, unless it is under way. */
export function DiscardDialog({ open, letter, onSent, onClose }: DiscardDialogProps) {
  const client = useApolloClient();
  const announce = useAnnounce();
  const form = useRef<HTMLFormElement>(null);
  const reasonControl = useRef<HTMLTextAreaElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [tooShort, setTooShort] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  useEffect(() => {
    if (open) form.current?.reset();
  }, [open]);

  const close = (): void => {
    if (isBusy) return;
    setTooShort(false);
    setFailure(undefined);
    onClose();
  };
  const discard = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (isBusy || !letter) return;
    const fields = new FormData(event.currentTarget);
    const reason = textOf(fields, 'reason');
    setTooShort(reason.length < REASON_MIN);
    setFailure(undefined);
    if (reason.length < REASON_MIN) return reasonControl.current?.focus();
    setBusy(true);
    try {
      await client.mutate({ mutation: DISCARD, variables: { id: letter.id, reason, by: textOf(fields, 'by') || null } });
      await onSent(true);
      announce('The message was discarded.');
      onClose();
    } catch (problem) {
      setFailure(problem);
      await onSent(false);
    }
    setBusy(false);
  };

  return (
    <ModalDialog
      open={open}
      title="Discard this message?"
      text="What it asked for will not happen because of it. It is kept whole, with the reason, in the record of discarded messages."
      onCancel={close}
    >
      <form ref={form} className="stack" noValidate onSubmit={(event) => void discard(event)}>
        {failure !== undefined && <ErrorAlert explanation={explainOperatorError(failure)} />}
        <Field label="Reason" error={tooShort && `Say why, in at least ${REASON_MIN} characters.`}>
          {(control) => (
            <textarea {...control} ref={reasonControl} name="reason" rows={3} maxLength={REASON_MAX} required readOnly={isBusy} />
          )}
        </Field>
        <Field label="Your name (optional)">
          {(control) => <input {...control} name="by" maxLength={NAME_MAX} autoComplete="name" readOnly={isBusy} />}
        </Field>
        <div className="dialog-actions">
          <Button onClick={close} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" variant="danger" busy={isBusy}>
            Discard
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
