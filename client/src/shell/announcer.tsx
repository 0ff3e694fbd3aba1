import { useCallback, useState, type ReactNode } from 'react';
import { AnnounceContext } from '../design/use-announce.ts';

/** Gives `useAnnounce` to everything below, and holds the region that screen readers listen to. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [message, setMessage] = useState({ text: '', turn: 0 });
  const announce = useCallback((text: string) => setMessage(({ turn }) => ({ text, turn: turn + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        <span key={message.turn}>{message.text}</span>
      </div>
    </AnnounceContext>
  );
}
