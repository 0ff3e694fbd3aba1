import { useId } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Moment } from '../design/moment.tsx';
import type { DeadLetter } from './operator-action.ts';

const bytes = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'byte', unitDisplay: 'long' });

export interface DeadLetterEntryProps {
  readonly letter: DeadLetter;
  readonly onRedrive: () => void;
  readonly onDiscard: () => void;
}

/** One message that was set aside: why, when, what it says, the way back and the way out. */
export function DeadLetterEntry({ letter, onRedrive, onDiscard }: DeadLetterEntryProps) {
  const id = useId();
  const { reason, attempts, firstFailedAt, lastFailedAt, type, paymentId, queue, payloadPreview, payloadBytes } = letter;
  const { code, sentence } = toParts(reason);

  return (
    <article className="letter" aria-labelledby={id}>
      <header className="letter-header">
        <div className="letter-reason">
          <h3 id={id}>
            <code className="letter-code">{code}</code>
          </h3>
          <p>{sentence}</p>
        </div>
        <div className="letter-actions">
          <Button onClick={onRedrive} aria-describedby={id}>
            <Icon name="retry" size={16} />
            Re-drive
          </Button>
          <Button variant="quiet" onClick={onDiscard} aria-describedby={id}>
            Discard
          </Button>
        </div>
      </header>
      <dl className="letter-facts">
        <Fact name="Set aside">{lastFailedAt ? <Moment at={lastFailedAt} style="short" /> : 'unknown'}</Fact>
        {firstFailedAt && firstFailedAt !== lastFailedAt && (
          <Fact name="First failed">
            <Moment at={firstFailedAt} style="short" />
          </Fact>
        )}
        <Fact name="Attempts">{attempts}</Fact>
        <Fact name="Queue">
          <code>{queue}</code>
        </Fact>
        <Fact name="Message">{type ? <code>{type}</code> : 'unreadable'}</Fact>
        {paymentId && (
          <Fact name="Payment">
            <code>{paymentId}</code>
          </Fact>
        )}
      </dl>
      <details className="letter-payload">
        <summary>
          Contents <span className="muted">{bytes.format(payloadBytes)}</span>
        </summary>
        <pre tabIndex={0} aria-label="Contents of the message">
          {payloadPreview}
        </pre>
      </details>
    </article>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** `MESSAGE_MALFORMED: the message is not JSON` */
function toParts(reason: string): { code: string; sentence: string } {
  const [, code, sentence] = /^([A-Z][A-Z0-9_]*): (.*)$/s.exec(reason) ?? [];
  return code && sentence ? { code, sentence } : { code: 'UNKNOWN', sentence: reason };
}
