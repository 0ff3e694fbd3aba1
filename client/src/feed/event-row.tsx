import { memo } from 'react';
import { Link } from 'wouter';
import { Amount } from '../design/amount.tsx';
import { formatMoment } from '../design/format-moment.ts';
import { Moment } from '../design/moment.tsx';
import { Status } from '../design/status.tsx';
import { formatMoney } from '../money.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';

export interface EventRowProps {
  readonly event: PaymentEventRecord;
  /** 0 for the newest. */
  readonly index: number;
  readonly count: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  /** The one row that the tab key reaches. */
  readonly active: boolean;
}

/** One event of the feed. */
export const EventRow = memo(function EventRow({ event, index, count, top, active }: EventRowProps) {
  const { user, amount, status, description, failureReason } = event.payment;
  const tabIndex = active ? 0 : -1;
  const why = failureReason ? failureReason.toLowerCase().replaceAll('_', ' ') : '';
  return (
    <article
      className="feed-row"
      role="article"
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-label={`${user.name}, ${formatMoney(amount.amount, amount.currency)}, ${status.toLowerCase()}, ${formatMoment(event.occurredAt, 'time')}`}
      tabIndex={tabIndex}
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="feed-time muted">
        <Moment at={event.occurredAt} style="time" />
      </span>
      <span className="feed-who">
        <Link href={`/accounts/${encodeURIComponent(user.id)}`} tabIndex={tabIndex}>
          {user.name}
        </Link>
      </span>
      <span className="feed-what muted">{[why, description].filter(Boolean).join(' · ')}</span>
      <span className="feed-amount">
        <Amount amount={amount.amount} currency={amount.currency} />
      </span>
      <span className="feed-status">
        <Status value={status} />
      </span>
    </article>
  );
});
