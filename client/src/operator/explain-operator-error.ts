import { explainError, type Explanation } from '../graphql/explain-error.ts';

/** Like `explainError`, with the code that only an operator meets. */
export function explainOperatorError(error: unknown): Explanation {
  const explanation = explainError(error);
  if (explanation.code !== 'DEAD_LETTER_NOT_FOUND') return explanation;
  return {
    code: explanation.code,
    title: 'This message is not there any more',
    text: 'Somebody else sent it back, or it was set aside again since. The list is up to date now.',
    done: 'nothing',
  };
}
