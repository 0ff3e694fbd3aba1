import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyError } from '../../../../platform/foundation/errors.ts';
import { silentLogger } from '../../../../platform/foundation/logger.ts';
import { formatEventCursor } from '../../../../subgraphs/payments/event-cursor.ts';
import type { EventLog, LoggedEvent } from '../../../../subgraphs/payments/event-log.ts';
import { startProcessedEvents, type ProcessedEvent, type ProcessedEvents } from '../../../../subgraphs/payments/processed-events.ts';
import { eventually } from '../../../support/eventually.ts';

const SYSTEM = '00000000-0000-4000-8000-000000000001';
const HOUR_MS = 3_600_000;

/** A log in memory. Position n belongs to user n modulo 3. */
class FakeLog implements EventLog {
  readonly systemId = SYSTEM;
  readonly reads: { after: bigint; upTo?: bigint }[] = [];
  oldest = 1n;
  /** Nothing is found up to here. */
  removed = 0n;
  newest = 0n;
  failure: Error | undefined;
  /** Called before each answer, as other things happen while a database works. */
  meanwhile: () => void = () => undefined;

  append(count: number): void {
    this.newest += BigInt(count);
  }

  async read({
    after,
    upTo,
    userId,
    limit,
  }: {
    after: bigint;
    upTo?: bigint;
    userId?: string | undefined;
    limit: number;
  }): Promise<readonly LoggedEvent[]> {
    this.reads.push({ after, ...(upTo !== undefined && { upTo }) });
    if (this.failure) throw this.failure;
    const last = upTo ?? this.newest;
    const events: LoggedEvent[] = [];
    for (let position = after + 1n; position <= last && events.length < limit; position += 1n) {
      if (position > this.removed && (userId === undefined || toUserId(position) === userId)) events.push(toEvent(position));
    }
    await Promise.resolve();
    this.meanwhile();
    return events;
  }

  async bounds(): Promise<{ oldest: bigint; newest: bigint }> {
    return this.newest === 0n ? { oldest: 0n, newest: 0n } : { oldest: this.oldest, newest: this.newest };
  }
}

function toUserId(position: bigint): string {
  return String(position % 3n);
}

function toEvent(position: bigint): LoggedEvent {
  const at = new Date(Number(position));
  const payment = {
    id: String(position),
    userId: toUserId(position),
    amountMinor: 100n,
    currency: 'MXN',
    description: null,
    status: 'PROCESSED' as const,
    failureReason: null,
    requestedAt: at,
    processedAt: at,
  };
  return { position, payment };
}

async function take(events: AsyncIterableIterator<ProcessedEvent>, count: number): Promise<number[]> {
  const positions = [];
  while (positions.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    positions.push(Number(value.payment.id));
  }
  return positions;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('a stream of processed payments', () => {
  let log: FakeLog;
  let events: ProcessedEvents;
  const start = (options: { bufferSize?: number; pageSize?: number } = {}): void => {
    events = startProcessedEvents({ log, logger: silentLogger, pollMs: HOUR_MS, ...options });
  };
  beforeEach(() => {
    log = new FakeLog();
  });
  afterEach(() => events.stop(Date.now() + 1_000));
  const cursor = (position: number): string => formatEventCursor(SYSTEM, BigInt(position));
  const arrive = (count: number): void => {
    log.append(count);
    events.wake();
  };

  it('without a cursor begins with what comes after the subscription, even if it is read later', async () => {
    log.append(5);
    start();
    const stream = await events.subscribe({});

    arrive(3);

    expect(await take(stream, 3)).toEqual([6, 7, 8]);
  });

  it('with a cursor begins with everything behind it, and goes on live', async () => {
    log.append(1_000);
    start();
    const stream = await events.subscribe({ after: cursor(10) });

    const replayed = await take(stream, 990);
    arrive(5);
    const live = await take(stream, 5);

    expect(replayed).toEqual(range(11, 1_000));
    expect(live).toEqual(range(1_001, 1_005));
  });

  it('has no gap and no repeat when events arrive during the replay', async () => {
    log.append(1_000);
    log.meanwhile = () => arrive(7);
    start({ bufferSize: 50, pageSize: 20 });
    const stream = await events.subscribe({ after: cursor(0) });

    const seen = await take(stream, 5_000);

    expect(seen).toEqual(range(1, 5_000));
  });

  it('loses nothing when its reader is slower than the buffer is large', async () => {
    start({ bufferSize: 10, pageSize: 25 });
    const [slow, fast] = await Promise.all([events.subscribe({}), events.subscribe({})]);
    const reading = Promise.all([take(slow, 1), take(fast, 1)]);
    arrive(1);
    await reading;

    const ahead: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      arrive(50);
      ahead.push(...(await take(fast, 50)));
    }

    expect(ahead).toEqual(range(2, 1_001));
    expect(await take(slow, 1_000)).toEqual(ahead);
  });

  it('that is alone and slow catches up, however far the tail has gone', async () => {
    log.append(100_000);
    start({ bufferSize: 5, pageSize: 10 });
    const stream = await events.subscribe({});
    const seen: number[] = [];

    for (let round = 0; round < 30; round += 1) {
      arrive(40);
      seen.push(...(await take(stream, 40)));
    }

    expect(seen).toEqual(range(100_001, 101_200));
    const begins = log.reads.filter(({ upTo }) => upTo === undefined).map(({ after }) => after);
    expect(begins).toEqual([...begins].sort((a, b) => Number(a - b))); // never from the beginning again
  });

  it("of one user has only that user's payments, replayed and live", async () => {
    log.append(9);
    start();
    const stream = await events.subscribe({ userId: '2', after: cursor(1) });

    const replayed = await take(stream, 3);
    arrive(9);
    const live = await take(stream, 3);

    expect([replayed, live]).toEqual([
      [2, 5, 8],
      [11, 14, 17],
    ]);
  });

  it('shares the reading of the tail with all others', async () => {
    start();
    const streams = await Promise.all(Array.from({ length: 100 }, () => events.subscribe({})));
    const first = streams.map((stream) => take(stream, 1));
    arrive(1);
    await Promise.all(first);
    await eventually(() => log.reads.length > 0);
    const before = log.reads.length;

    const second = streams.map((stream) => take(stream, 1));
    arrive(1);
    await Promise.all(second);

    expect(log.reads.length - before).toBeLessThanOrEqual(2);
  });

  it('reads nothing while nobody listens', async () => {
    start();
    const stream = await events.subscribe({});
    const reading = take(stream, 1);
    arrive(1);
    await reading;
    await stream.return?.();
    const before = log.reads.length;

    for (let count = 0; count < 10; count += 1) arrive(1);
    const late = await events.subscribe({});
    arrive(1);

    expect(log.reads.length).toBe(before);
    expect(await take(late, 1)).toEqual([12]);
  });

  it('waits for a database that is away, and goes on where it was', async () => {
    log.append(300);
    start();
    const replaying = await events.subscribe({ after: cursor(0) });
    const live = await events.subscribe({});
    await take(replaying, 10);
    const next = take(live, 1);

    log.failure = new DependencyError('DATABASE_UNAVAILABLE', 'payments database', 'gone');
    arrive(2);
    const rest = take(replaying, 292);
    await eventually(() => log.reads.length > 3);
    log.failure = undefined;
    events.wake();

    expect(await rest).toEqual(range(11, 302));
    expect(await next).toEqual([301]);
  });

  it('ends with CURSOR_EXPIRED when events are removed faster than its reader reads', async () => {
    log.append(1_000);
    start({ bufferSize: 10 });
    const stream = await events.subscribe({ after: cursor(0) });
    const seen = await take(stream, 200);

    log.oldest = 300n;

    await expect(take(stream, 200)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect(seen).toEqual(range(1, 200));
  });

  it('ends with CURSOR_EXPIRED when it wakes up after events were removed that it never saw', async () => {
    log.append(5);
    start();
    const stream = await events.subscribe({});
    log.removed = 50n;
    log.oldest = 51n;

    arrive(100);

    await expect(take(stream, 1)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });

  it('goes on behind a position that is no outcome', async () => {
    log.append(5);
    start();
    const stream = await events.subscribe({});
    log.removed = 6n; // given to a message that is told again

    arrive(3);

    expect(await take(stream, 2)).toEqual([7, 8]);
  });

  it('ends with an error when reading fails for another reason', async () => {
    log.append(3);
    start();
    const stream = await events.subscribe({ after: cursor(0) });
    log.failure = new Error('a bug');

    await expect(stream.next()).rejects.toThrow('a bug');
  });

  it('ends at once when its reader leaves while waiting', async () => {
    start();
    const stream = await events.subscribe({});
    const waiting = stream.next();

    await stream.return?.();

    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it('ends when its reader leaves while the database does not answer', async () => {
    log.append(3);
    start();
    const stream = await events.subscribe({ after: cursor(0) });
    log.failure = new DependencyError('DATABASE_UNAVAILABLE', 'payments database', 'gone');
    const waiting = stream.next();
    await eventually(() => log.reads.length > 0);

    await stream.return?.();

    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it('ends when the service stops', async () => {
    start();
    const stream = await events.subscribe({});
    const waiting = stream.next();

    await events.stop(Date.now() + 1_000);

    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  describe('with a cursor that', () => {
    beforeEach(() => {
      log.append(10);
      log.oldest = 5n;
      start();
    });

    it.each([
      ['is nonsense', 'nonsense', 'BAD_USER_INPUT'],
      ['is empty', '', 'BAD_USER_INPUT'],
      ['is of another system', formatEventCursor('00000000-0000-4000-8000-000000000002', 7n), 'BAD_USER_INPUT'],
      ['is ahead of the newest', formatEventCursor(SYSTEM, 11n), 'BAD_USER_INPUT'],
      ['is below zero', Buffer.from(JSON.stringify(['payment-events', SYSTEM, '-1'])).toString('base64url'), 'BAD_USER_INPUT'],
      [
        'is larger than any position',
        Buffer.from(JSON.stringify(['payment-events', SYSTEM, '9'.repeat(40)])).toString('base64url'),
        'BAD_USER_INPUT',
      ],
      ['is of another list', Buffer.from(JSON.stringify(['payments', SYSTEM, '7'])).toString('base64url'), 'BAD_USER_INPUT'],
      ['is older than what is kept', formatEventCursor(SYSTEM, 3n), 'CURSOR_EXPIRED'],
    ])('%s is refused', async (_what, after, code) => {
      await expect(events.subscribe({ after })).rejects.toMatchObject({ code, details: { field: 'after' } });
    });

    it('points right before the oldest that is kept is good', async () => {
      const stream = await events.subscribe({ after: cursor(4) });

      expect(await take(stream, 6)).toEqual(range(5, 10));
    });

    it('points at the newest is good', async () => {
      const stream = await events.subscribe({ after: cursor(10) });
      arrive(1);

      expect(await take(stream, 1)).toEqual([11]);
    });
  });

  it('gives cursors that continue exactly behind their event', async () => {
    log.append(20);
    start();
    const stream = await events.subscribe({ after: cursor(0) });
    let last = '';
    for (let count = 0; count < 7; count += 1) last = (await stream.next()).value.cursor;

    const resumed = await events.subscribe({ after: last });

    expect(await take(resumed, 13)).toEqual(range(8, 20));
  });
});
