import { useEffect, useRef } from 'react';
import { useAnnounce } from '../design/use-announce.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';
import { useOnPaymentEvent } from './payment-events.ts';
import { summariseEvents } from './summarise-events.ts';

/** A screen reader hears of new events at most so often, all of them in one sentence. */
const EVERY_MS = 10_000;
const FIRST_MS = 500;

/** Reads out new events that `isWanted`, few enough to go on listening. */
export function useFeedAnnouncements(isWanted: (event: PaymentEventRecord) => boolean): void {
  const announce = useAnnounce();
  const news = useRef<PaymentEventRecord[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const saidAt = useRef(-Infinity);

  useOnPaymentEvent((event) => {
    if (!isWanted(event)) return;
    if (news.current.length < 10_000) news.current.push(event);
    timer.current ??= setTimeout(
      () => {
        announce(summariseEvents(news.current));
        news.current = [];
        timer.current = undefined;
        saidAt.current = performance.now();
      },
      Math.max(FIRST_MS, saidAt.current + EVERY_MS - performance.now()),
    );
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
