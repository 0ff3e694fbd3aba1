import type { KeyValueStorage } from '../storage/key-value-storage.ts';

/** What a form holds: its inputs as typed, and the key under which they are, or were, sent. */
export interface FormContents {
  readonly fields: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  /** It was sent, and no answer has come: sending again with the same key is safe, with another key it is not. */
  readonly unanswered: boolean;
}

export interface RememberedFormOptions {
  /** Which form: `pay.1`. */
  readonly name: string;
  /** The inputs of an untouched form. */
  readonly empty: Readonly<Record<string, string>>;
  /** For what is being typed: this tab's, so that two tabs can be at two different payments. */
  readonly tab: KeyValueStorage;
  /** For what was sent and not answered: the browser's, so that a closed tab does not forget it. */
  readonly browser: KeyValueStorage;
  readonly newKey: () => string;
}

/** Keeps a form across reloads, so that what was sent once is never sent as something new. Each call returns what the form holds then. */
export interface RememberedForm {
  open(): FormContents;
  type(contents: FormContents, fields: Readonly<Record<string, string>>): FormContents;
  /** Call it before the request leaves. */
  send(contents: FormContents): FormContents;
  /** Done: the form is empty again, and the next time is a new one. */
  accepted(): FormContents;
  /** Nothing was done for certain, nor will be under this key: everything stays as typed, the next time is a new one. */
  refused(contents: FormContents): FormContents;
  /** What was sent is given up, or belongs to something else: the inputs stay, the key goes. */
  startAnew(contents: FormContents): FormContents;
}

export function createRememberedForm({ name, empty, tab, browser, newKey }: RememberedFormOptions): RememberedForm {
  const draftSlot = `paygraph.draft.${name}`;
  const sentSlot = `paygraph.sent.${name}`;
  const fresh = (fields = empty): FormContents => ({ fields, idempotencyKey: newKey(), unanswered: false });
  const keepDraft = (contents: FormContents): FormContents => {
    tab.setItem(draftSlot, JSON.stringify(contents));
    return contents;
  };

  return {
    open() {
      const sent = parseContents(browser.getItem(sentSlot), empty);
      if (sent) return { ...sent, unanswered: true };
      const draft = parseContents(tab.getItem(draftSlot), empty);
      return draft ? { ...draft, unanswered: false } : keepDraft(fresh());
    },
    type: (contents, fields) => keepDraft({ ...contents, fields }),
    send(contents) {
      const sent = { ...contents, unanswered: true };
      browser.setItem(sentSlot, JSON.stringify(sent));
      return sent;
    },
    accepted() {
      browser.removeItem(sentSlot);
      return keepDraft(fresh());
    },
    refused(contents) {
      browser.removeItem(sentSlot);
      return keepDraft(fresh(contents.fields));
    },
    startAnew(contents) {
      browser.removeItem(sentSlot);
      return keepDraft(fresh(contents.fields));
    },
  };
}

/** Storage may hold anything: an older version's contents, or what somebody wrote there. */
function parseContents(stored: string | null, empty: Readonly<Record<string, string>>): FormContents | undefined {
  if (stored === null) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['fields']) || typeof value['idempotencyKey'] !== 'string' || value['idempotencyKey'] === '') {
    return undefined;
  }
  const stillThere = value['fields'];
  const fields = Object.fromEntries(
    Object.entries(empty).map(([name, initial]) => [name, typeof stillThere[name] === 'string' ? stillThere[name] : initial]),
  );
  return { fields, idempotencyKey: value['idempotencyKey'], unanswered: value['unanswered'] === true };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
