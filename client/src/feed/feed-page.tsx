import { useQuery } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { formatMoment } from '../design/format-moment.ts';
import { Icon } from '../design/icon.tsx';
import { Page } from '../design/page.tsx';
import { graphql } from '../gql/gql.ts';
import { ConnectionLine } from './connection-line.tsx';
import { countNewer } from './count-newer.ts';
import { EventList } from './event-list.tsx';
import { ofAccount, toFeedAccounts } from './feed-accounts.ts';
import { MAX_EVENTS } from './payment-event-store.ts';
import { usePaymentEvents } from './payment-events.ts';
import { useFeedAnnouncements } from './use-feed-announcements.ts';
import { useHeldList } from './use-held-list.ts';

const FEED_ACCOUNTS = graphql(`
  query FeedAccounts {
    users(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

/** Every processed payment as it happens, newest first, of one account or all. While somebody reads, the list stands still. */
export function FeedPage() {
  const { events, startedAt } = usePaymentEvents();
  const { data } = useQuery(FEED_ACCOUNTS, { fetchPolicy: 'no-cache' });
  const [account, setAccount] = useState('');
  const [paused, setPaused] = useState(false);
  const [reading, setReading] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const held = paused || reading;

  const accounts = toFeedAccounts(events, data?.users.nodes ?? []);
  const wanted = ofAccount(events, account);
  const shown = ofAccount(useHeldList(events, held), account);
  const newer = held ? countNewer(wanted, shown) : 0;
  useFeedAnnouncements(({ payment }) => account === '' || payment.user.id === account);

  const goToTheNewest = (): void => {
    setPaused(false);
    setReading(false);
    scroller.current?.scrollTo({ top: 0 });
    scroller.current?.focus({ preventScroll: true });
  };
  const since = formatMoment(new Date(startedAt).toISOString(), 'time');
  const total = wanted.length >= MAX_EVENTS ? `The newest ${MAX_EVENTS.toLocaleString()}` : wanted.length.toLocaleString();

  return (
    <Page title="Live feed" lead="Every payment whose processing ended, as it happens.">
      <ConnectionLine />
      <Card
        flush
        title="Payments"
        actions={
          <>
            <label className="row feed-filter">
              <span className="small muted">Account</span>
              <select className="select" value={account} onChange={(event) => setAccount(event.target.value)}>
                <option value="">All accounts</option>
                {accounts.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name} ({id})
                  </option>
                ))}
              </select>
            </label>
            <Button aria-pressed={paused} onClick={() => (paused ? goToTheNewest() : setPaused(true))}>
              <Icon name={paused ? 'play' : 'pause'} size={16} />
              {paused ? 'Continue' : 'Pause'}
            </Button>
          </>
        }
      >
        {held && (
          <div className="feed-held">
            <span>
              {paused ? 'Paused' : 'The list stands still while you read'}
              {newer > 0 && `; ${newer.toLocaleString()} new`}
            </span>
            <Button variant="quiet" onClick={goToTheNewest}>
              Show the newest
            </Button>
          </div>
        )}
        {shown.length === 0 ? (
          <EmptyState icon="feed" title={account === '' ? 'No payment was processed yet' : 'No payment of this account yet'}>
            Listening since {since}. <Link href="/">Pay from an account</Link>, and its outcome appears here.
          </EmptyState>
        ) : (
          <EventList events={shown} label="Processed payments, newest first" scroller={scroller} onReading={setReading} />
        )}
        <p className="feed-foot small muted">
          {total} since {since}. At most the newest {MAX_EVENTS.toLocaleString()} are kept here; the accounts have all.
        </p>
      </Card>
    </Page>
  );
}
