import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type RefObject } from 'react';
import { EventRow } from './event-row.tsx';
import type { FeedEvent } from './payment-event-store.ts';

export interface EventListProps {
  /** Newest first. */
  readonly events: readonly FeedEvent[];
  readonly label: string;
  /** The element that scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Somebody reads: has scrolled down, or the focus is on a row. */
  readonly onReading: (reading: boolean) => void;
}

/** As in feed.css. */
const ROW_REM = 3.75;
const PAGE_KEYS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };

/** Only the rows in sight are in the page, however many there are. Arrows, Page Up and Down, Home and End go from row to row. */
export function EventList({ events, label, scroller, onReading }: EventListProps) {
  const [activeSequence, setActiveSequence] = useState(0);
  const moveFocus = useRef(false);
  const rowPixels = useState(() => ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize))[0];
  const found = events.findIndex(({ sequence }) => sequence === activeSequence);
  const active = Math.max(0, found);

  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes here
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPixels,
    getItemKey: (index) => events[index]?.sequence ?? index,
    overscan: 6,
    // The active row stays in the page when it is out of sight, or the focus would be lost.
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), active])].filter((index) => index < range.count).sort((one, other) => one - other),
  });

  useEffect(() => {
    if (!moveFocus.current) return;
    moveFocus.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus({ preventScroll: true });
  }, [active, scroller]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = PAGE_KEYS[event.key];
    if (step === undefined || !(event.target instanceof HTMLElement) || event.target.role !== 'article') return;
    event.preventDefault();
    const next = Math.min(events.length - 1, Math.max(0, active + step));
    moveFocus.current = next !== active;
    setActiveSequence(events[next]?.sequence ?? 0);
    rows.scrollToIndex(next);
  };
  const onFocus = (event: FocusEvent): void => {
    const row = event.target.closest<HTMLElement>('[data-index]');
    if (!row) return;
    setActiveSequence(events[Number(row.dataset['index'])]?.sequence ?? 0);
    onReading(true);
  };
  const isAtTop = (): boolean => (scroller.current?.scrollTop ?? 0) < rowPixels / 2;

  return (
    <div
      className="feed-list"
      role="feed"
      aria-label={label}
      tabIndex={-1}
      ref={scroller}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onReading(!isAtTop());
      }}
      onScroll={() => onReading(!isAtTop() || scroller.current?.querySelector(':focus') !== null)}
    >
      <div className="feed-rows" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const event = events[index];
          return event && <EventRow key={key} event={event} index={index} count={events.length} top={start} active={index === active} />;
        })}
      </div>
    </div>
  );
}
