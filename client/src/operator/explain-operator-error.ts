import { explainError, type Explanation } from '../graphql/explain-error.ts';

const WORDS: Readonly<Record<string, Pick<Explanation, 'title' | 'text'>>> = {
  DEAD_LETTER_NOT_FOUND: {
    title: 'This message is not there any more',
    text: 'Somebody else sent it back or discarded it, or it was set aside again since. The list is up to date now.',
  },
  RECONCILE_FIRST: {
    title: 'Payments was restored from a backup',
    text: 'It goes on by itself once npm run reconcile -- --mend has told it what it lost.',
  },
};

/** Like `explainError`, with the codes that only an operator meets. */
export function explainOperatorError(error: unknown): Explanation {
  const explanation = explainError(error);
  const words = WORDS[explanation.code];
  return words ? { code: explanation.code, ...words, done: 'nothing' } : explanation;
}
