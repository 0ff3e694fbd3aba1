import { Alert } from '../design/alert.tsx';
import { Button } from '../design/button.tsx';
import { ErrorAlert } from '../design/error-alert.tsx';
import type { Explanation } from '../graphql/explain-error.ts';
import type { RememberedFormState } from './use-remembered-form.ts';

export interface FormNoticeProps {
  readonly phase: RememberedFormState<string>['phase'];
  readonly explanation: Explanation | undefined;
  /** What the form sends: `payment`. */
  readonly what: string;
  readonly onStartAnew: () => void;
}

/** Above a form's button: why it was refused, or that it may have been done. */
export function FormNotice({ phase, explanation, what, onStartAnew }: FormNoticeProps) {
  const anew = (
    <Button variant="quiet" onClick={onStartAnew}>
      Make it a new {what}
    </Button>
  );
  return (
    <>
      {explanation && explanation.code !== 'BAD_USER_INPUT' && (
        <ErrorAlert explanation={explanation} action={explanation.code === 'IDEMPOTENCY_CONFLICT' ? anew : undefined} />
      )}
      {explanation?.code === 'BAD_USER_INPUT' && <ErrorAlert explanation={explanation} />}
      {phase === 'unanswered' && (
        <Alert tone="warning" title={`This ${what} may have been sent`} action={anew}>
          No answer has come to it yet. Send it again: if it was done the first time, it is not done twice.
        </Alert>
      )}
    </>
  );
}
