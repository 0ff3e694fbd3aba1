import { useApolloClient } from '@apollo/client/react';
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { Alert } from '../design/alert.tsx';
import { Button } from '../design/button.tsx';
import { createApolloEventSource } from './apollo-event-source.ts';
import { appPaymentEvents } from './app-payment-events.ts';
import { createPaymentEventStream, type PaymentEventStream } from './payment-event-stream.ts';
import { useFeedConnection } from './payment-events.ts';
import { createSettledBalances } from './read-settled-balances.ts';
import { readRememberedCursor, rememberCursor } from './remembered-cursor.ts';
import { updateCache } from './update-cache.ts';
import './feed.css';

/** Starts the app-wide stream of payment events for everything below. It goes on where this tab left off, also after a reload. */
export function PaymentEventsProvider({ children }: { readonly children: ReactNode }) {
  const client = useApolloClient();
  const connection = useFeedConnection();
  const stream = useRef<PaymentEventStream>(null);

  // A layout effect, so that the cache is up to date before any page below hears of an event.
  useLayoutEffect(() => {
    const remembered = readRememberedCursor();
    const why = appPaymentEvents.snapshot().connection.phase === 'connecting' ? 'reload' : 'network';
    const started = createPaymentEventStream({
      source: createApolloEventSource(client),
      onEvent: appPaymentEvents.push,
      onState: appPaymentEvents.setConnection,
      resume: remembered && { after: remembered.cursor, since: remembered.at, why },
    });
    const balances = createSettledBalances(client);
    const leave = appPaymentEvents.onEvents((events) => {
      updateCache(client.cache, events);
      balances.afterEvents(events);
    });
    const leavePage = listenToThePage(started);
    stream.current = started;
    started.start();
    return () => {
      remember(started);
      leavePage();
      started.stop();
      leave();
      balances.stop();
    };
  }, [client]);

  return (
    <>
      {connection.phase === 'refused' && (
        <div className="feed-refused">
          <Alert
            tone="warning"
            title="New outcomes of payments are not shown any more"
            action={<Button onClick={() => stream.current?.startAnew()}>Go on from now</Button>}
          >
            The server will not continue where this page stopped: {connection.message} ({connection.code}). What happened since then is not
            shown; the lists of the accounts have it.
          </Alert>
        </div>
      )}
      {children}
    </>
  );
}

function listenToThePage(stream: PaymentEventStream): () => void {
  const listeners = [
    [window, 'online', () => stream.reconnect()],
    [window, 'offline', () => stream.checkNow()],
    [window, 'pageshow', (event: Event) => (event as PageTransitionEvent).persisted && stream.reconnect()],
    [window, 'pagehide', () => remember(stream)],
    [document, 'visibilitychange', () => (document.visibilityState === 'visible' ? stream.checkNow() : remember(stream))],
  ] as const;
  for (const [target, name, listener] of listeners) target.addEventListener(name, listener);
  return () => {
    for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
  };
}

function remember(stream: PaymentEventStream): void {
  const place = stream.place();
  if (place) rememberCursor(place);
}
