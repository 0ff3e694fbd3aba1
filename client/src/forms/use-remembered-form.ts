import { useRef, useState } from 'react';
import { explainError, type Explanation } from '../graphql/explain-error.ts';
import { browserStorage, tabStorage } from '../storage/browser-storage.ts';
import { newIdempotencyKey } from './new-idempotency-key.ts';
import { createRememberedForm, type FormContents } from './remembered-form.ts';

export interface UseRememberedFormOptions<Fields extends string> {
  /** Which form: `pay.1`. */
  readonly name: string;
  readonly empty: Readonly<Record<Fields, string>>;
}

export interface RememberedFormState<Fields extends string> {
  readonly fields: Readonly<Record<Fields, string>>;
  readonly set: (field: Fields, value: string) => void;
  /** `unanswered`: it was sent and may have been done; the inputs are kept as they were sent. */
  readonly phase: 'typing' | 'sending' | 'unanswered';
  /** Why the last sending failed, until something is typed. */
  readonly explanation: Explanation | undefined;
  /**
   * Sends what is in the form under its key, one sending at a time. The key stays the same until `send` resolves.
   * @param send rejects with what Apollo Client threw
   */
  readonly submit: (send: (idempotencyKey: string) => Promise<void>) => Promise<void>;
  /** Gives up what was sent and not answered. */
  readonly startAnew: () => void;
}

/** A form that survives reloads, double clicks and lost answers. */
export function useRememberedForm<Fields extends string>({ name, empty }: UseRememberedFormOptions<Fields>): RememberedFormState<Fields> {
  const [form] = useState(() =>
    createRememberedForm({ name, empty, tab: tabStorage(), browser: browserStorage(), newKey: newIdempotencyKey }),
  );
  const [contents, setContents] = useState<FormContents>(() => form.open());
  const [explanation, setExplanation] = useState<Explanation>();
  const [isSending, setSending] = useState(false);
  const isBusy = useRef(false); // at once, where state would wait for the next rendering: a double click is faster

  return {
    fields: contents.fields as Readonly<Record<Fields, string>>,
    phase: isSending ? 'sending' : contents.unanswered ? 'unanswered' : 'typing',
    explanation,
    set(field, value) {
      setExplanation(undefined);
      setContents((current) => (current.unanswered ? current : form.type(current, { ...current.fields, [field]: value })));
    },
    async submit(send) {
      if (isBusy.current) return;
      isBusy.current = true;
      setSending(true);
      setExplanation(undefined);
      const sent = form.send(contents);
      setContents(sent);
      try {
        await send(sent.idempotencyKey);
        setContents(form.accepted());
      } catch (error) {
        const why = explainError(error);
        setExplanation(why);
        if (why.done === 'nothing') setContents(form.refused(sent));
      } finally {
        isBusy.current = false;
        setSending(false);
      }
    },
    startAnew() {
      setExplanation(undefined);
      setContents(form.startAnew(contents));
    },
  };
}
