import type { ReactNode } from 'react';
import type { Explanation } from '../graphql/explain-error.ts';
import { Alert } from './alert.tsx';

/** An error in words, with the number to report when there is one. */
export function ErrorAlert({ explanation, action }: { readonly explanation: Explanation; readonly action?: ReactNode }) {
  const { title, text, requestId } = explanation;
  return (
    <Alert tone="danger" title={title} action={action}>
      {text} {requestId && <code>{requestId}</code>}
    </Alert>
  );
}
