import { formatMoment } from '../design/format-moment.ts';
import { toConnectionWords } from './connection-words.ts';
import { useFeedConnection } from './payment-events.ts';

/** How the connection of the feed stands, in words; read out when it changes. */
export function ConnectionLine() {
  const connection = useFeedConnection();
  const { tone, title, detail } = toConnectionWords(connection, (at) => formatMoment(new Date(at).toISOString(), 'time'));
  return (
    <p className={`feed-connection feed-connection-${tone}`} role="status">
      <span className="feed-connection-title">
        <span className="feed-dot" aria-hidden="true" />
        {title}
      </span>
      <span className="muted">{detail}</span>
    </p>
  );
}
