import { describe, expect, it } from '@jest/globals';
import type { ConnectionState } from '../../../../client/src/feed/connection-state.ts';
import { createPaymentEventStream, type EventSink, type EventSource } from '../../../../client/src/feed/payment-event-stream.ts';

interface TestEvent {
  readonly cursor: string;
}

/** Time that passes when the test says so. */
function createTestClock() {
  let now = 1_000_000;
  const timers = new Set<{ at: number; run: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    random: () => 1,
    after(ms: number, run: () => void) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    settle,
    async pass(ms: number): Promise<void> {
      const until = now + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= until).sort((one, other) => one.at - other.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = until;
    },
    /** The machine sleeps: time passes and no timer runs. */
    sleep(ms: number): void {
      now += ms;
    },
  };
}

/** A log of events as the server keeps it. `up` = it answers; `mute` = connections stay open and carry nothing. */
function createTestServer() {
  const log: string[] = ['c0'];
  const open = new Set<{ position: number; sink: EventSink<TestEvent>; muted: boolean }>();
  const server = {
    up: true,
    hanging: false,
    refusal: undefined as { code: string; message: string } | undefined,
    subscriptions: [] as string[],
    get open() {
      return open.size;
    },
    happen(count = 1): void {
      for (let event = 0; event < count; event += 1) {
        log.push(`c${log.length}`);
        for (const stream of open) pump(stream);
      }
    },
    mute(): void {
      for (const stream of open) stream.muted = true;
    },
    repeat(cursor: string): void {
      for (const { sink } of open) sink.event({ cursor });
    },
    fail(failure: { code?: string; message: string }): void {
      for (const stream of [...open]) {
        open.delete(stream);
        stream.sink.failed(failure);
      }
    },
    end(): void {
      for (const stream of [...open]) {
        open.delete(stream);
        stream.sink.ended();
      }
    },
  };
  const pump = (stream: { position: number; sink: EventSink<TestEvent>; muted: boolean }): void => {
    while (!stream.muted && stream.position < log.length - 1) {
      stream.position += 1;
      stream.sink.event({ cursor: `c${stream.position}` });
    }
  };
  const source: EventSource<TestEvent> = {
    subscribe(after, sink) {
      server.subscriptions.push(after);
      if (server.refusal) {
        sink.failed(server.refusal);
        return () => undefined;
      }
      if (!server.up) {
        sink.failed({ message: 'no connection' });
        return () => undefined;
      }
      const stream = { position: log.indexOf(after), sink, muted: false };
      open.add(stream);
      queueMicrotask(() => open.has(stream) && pump(stream));
      return () => void open.delete(stream);
    },
    readNewestCursor: () => {
      if (server.hanging) return new Promise(() => undefined);
      return server.up ? Promise.resolve(log.at(-1) ?? '') : Promise.reject(new Error('no connection'));
    },
  };
  return Object.assign(server, { source });
}

function follow(server: ReturnType<typeof createTestServer>, resume?: { after: string; since: number; why: 'reload' }) {
  const clock = createTestClock();
  const cursors: string[] = [];
  const states: ConnectionState[] = [];
  const stream = createPaymentEventStream<TestEvent>({
    source: server.source,
    onEvent: ({ cursor }) => cursors.push(cursor),
    onState: (state) => states.push(state),
    resume,
    clock,
  });
  return { clock, cursors, states, stream, state: () => states.at(-1), phases: () => states.map(({ phase }) => phase) };
}

describe('the stream of payment events', () => {
  it('begins behind the newest event, and says when it is live', async () => {
    const server = createTestServer();
    server.happen(2);
    const feed = follow(server);

    feed.stream.start();
    await feed.clock.settle();
    server.happen(2);

    expect(server.subscriptions).toEqual(['c2']);
    expect(feed.cursors).toEqual(['c3', 'c4']);
    expect(feed.phases()).toEqual(['connecting', 'live']);
  });

  it('continues behind the last event after a restart of the server, and says how many were missed', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.happen(1);
    server.up = false;
    server.fail({ message: 'connection reset' });
    const lostAt = feed.clock.now();
    server.happen(3);
    await feed.clock.pass(30_000);

    expect(feed.state()).toMatchObject({ phase: 'resuming', since: lostAt, problem: 'no connection' });
    server.up = true;
    await feed.clock.pass(11_000);
    server.happen(1);

    expect(server.subscriptions.at(-1)).toBe('c1');
    expect(feed.cursors).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
    expect(feed.state()).toMatchObject({ phase: 'live', caughtUp: { since: lostAt, missed: 3, why: 'lost' } });
    expect(server.open).toBe(1);
  });

  it('tries again ever more slowly, at least every ten seconds, and at once when the network is back', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.up = false;
    server.fail({ message: 'connection reset' });
    await feed.clock.pass(60_000);

    const tries = server.subscriptions.length;
    expect(tries).toBeGreaterThan(6);
    expect(tries).toBeLessThan(14);
    server.up = true;
    feed.stream.reconnect();
    await feed.clock.pass(0);
    expect(feed.state()).toMatchObject({ phase: 'live' });
  });

  it('comes back when the server ends the stream, without asking in a tight loop', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    for (let round = 0; round < 5; round += 1) {
      server.end();
      await feed.clock.pass(100);
    }
    await feed.clock.pass(20_000);
    server.happen(1);

    expect(feed.cursors).toEqual(['c1']);
    expect(server.subscriptions.length).toBeLessThan(5);
  });

  it('does not leave out an event that came broken: it comes back for the whole of it', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.happen(1);
    server.mute();
    server.happen(1);
    server.fail({ code: 'SUBGRAPH_UNAVAILABLE', message: 'users cannot be reached' });
    await feed.clock.pass(1_000);

    expect(feed.cursors).toEqual(['c1', 'c2']);
    expect(feed.state()).toMatchObject({ phase: 'live', caughtUp: { missed: 1 } });
  });

  it('notices a connection that is dead without saying so', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.mute();
    server.happen(2);
    await feed.clock.pass(30_000);
    server.happen(1);

    expect(feed.cursors).toEqual(['c1', 'c2', 'c3']);
    expect(feed.state()).toMatchObject({ phase: 'live', caughtUp: { missed: 2, why: 'silent' } });
    expect(server.open).toBe(1);
  });

  it('leaves a quiet stream alone', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.pass(600_000);

    expect(server.subscriptions).toEqual(['c0']);
    expect(feed.phases()).toEqual(['connecting', 'live']);
  });

  it('notices a server that takes requests and never answers', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.hanging = true;
    await feed.clock.pass(26_000);

    expect(feed.state()).toMatchObject({ phase: 'resuming', problem: 'the server does not answer' });
  });

  it('begins a new connection after a sleep', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.mute();
    feed.clock.sleep(3_600_000);
    server.happen(37);
    await feed.clock.pass(1);

    expect(feed.cursors).toHaveLength(37);
    expect(feed.state()).toMatchObject({ phase: 'live', caughtUp: { missed: 37, why: 'slept' } });
  });

  it('shows an event that comes twice once', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    server.happen(3);
    server.repeat('c2');
    server.happen(1);

    expect(feed.cursors).toEqual(['c1', 'c2', 'c3', 'c4']);
  });

  it('takes nothing more from a stream that it left', async () => {
    const server = createTestServer();
    const sinks: EventSink<TestEvent>[] = [];
    const subscribe = server.source.subscribe;
    server.source.subscribe = (after, sink) => {
      sinks.push(sink);
      return subscribe(after, sink);
    };
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    feed.stream.reconnect();
    await feed.clock.pass(10);
    sinks[0]?.event({ cursor: 'late' });
    sinks[0]?.failed({ message: 'late' });

    expect(feed.cursors).toEqual([]);
    expect(feed.state()).toMatchObject({ phase: 'live' });
  });

  it('goes on from the cursor of before a reload, and counts what happened meanwhile', async () => {
    const server = createTestServer();
    server.happen(5);
    const feed = follow(server, { after: 'c2', since: 5, why: 'reload' });
    feed.stream.start();
    await feed.clock.settle();

    expect(feed.cursors).toEqual(['c3', 'c4', 'c5']);
    expect(feed.state()).toMatchObject({ phase: 'live', caughtUp: { since: 5, missed: 3, why: 'reload' } });
  });

  it('says when its cursor is not known any more, does not try again, and begins anew when told', async () => {
    const server = createTestServer();
    const feed = follow(server, { after: 'c0', since: 5, why: 'reload' });
    server.refusal = { code: 'CURSOR_EXPIRED', message: 'not kept any more' };
    feed.stream.start();
    await feed.clock.pass(60_000);

    expect(feed.state()).toEqual({ phase: 'refused', code: 'CURSOR_EXPIRED', message: 'not kept any more' });
    expect(server.subscriptions).toHaveLength(1);
    server.refusal = undefined;
    server.happen(2);
    feed.stream.startAnew();
    await feed.clock.settle();
    server.happen(1);
    expect(feed.cursors).toEqual(['c3']);
    expect(feed.state()).toMatchObject({ phase: 'live' });
  });

  it('waits for a server that is not there yet', async () => {
    const server = createTestServer();
    server.up = false;
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.pass(5_000);
    expect(feed.state()).toMatchObject({ phase: 'connecting', problem: 'no connection' });

    server.up = true;
    await feed.clock.pass(10_000);
    expect(feed.state()).toMatchObject({ phase: 'live' });
  });

  it('leaves nothing open when it is stopped, and can be started again', async () => {
    const server = createTestServer();
    const feed = follow(server);
    feed.stream.start();
    await feed.clock.settle();
    feed.stream.stop();
    server.happen(2);
    await feed.clock.pass(100_000);
    expect(server.open).toBe(0);
    expect(server.subscriptions).toHaveLength(1);

    feed.stream.start();
    await feed.clock.settle();
    expect(feed.cursors).toEqual(['c1', 'c2']);
  });
});
