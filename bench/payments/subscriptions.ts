import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { residentBytes } from '../measure/process-figures.ts';
import { findMaximum } from './latency.ts';
import { measureRound, toLatencies, type PipelineRound } from './measure-round.ts';
import { makePayers } from './pipeline.ts';
import type { Section } from './section.ts';

const WANTED_PER_SECOND = 500;
/** A machine that cannot take 500 payments a second gets what leaves it some room. */
const MOST_OF_MAXIMUM = 0.6;
const FIRST_SUBSCRIBER = 2_000_001;
/** Opened at once. */
const OPENING = 50;
/** Clients of one local address: it has about 28,000 ports. */
const PER_ADDRESS = 5_000;

const SUBSCRIBE = `subscription ($userId: ID) { paymentProcessed(userId: $userId) { payment { id user { id } } } }`;
const EVENT = /"payment":\{"id":"([0-9a-f-]{36})","user":\{"id":"(\d+)"/;

/** Many open subscriptions, each on a connection of its own and for one user: what they cost, and that each gets its own events only. */
export const subscriptions: Section = {
  name: 'subscriptions',
  summary: '10,000 open subscriptions, each for one user, with 500 payments/s',
  byDefault: false,
  async run(bench) {
    const { pipeline, options, say } = bench;
    const perSecond = Math.min(WANTED_PER_SECOND, (await findMaximum(bench)) * MOST_OF_MAXIMUM);
    const userIds = await makePayers(pipeline.databaseUrls.users, options.subscriptions, FIRST_SUBSCRIBER);
    const load = { perSecond, seconds: options.latencySeconds, pipeline: { ...pipeline, userIds } };
    const memory = (): Record<string, number> =>
      Object.fromEntries(Object.entries(pipeline.pids).map(([name, pid]) => [name, residentBytes(pid) / 2 ** 20]));

    const without = await measureRound({ ...bench, ...load });
    const before = memory();
    const openedAt = performance.now();
    const crowd = await openCrowd(pipeline.port, userIds);
    const openMs = performance.now() - openedAt;
    const open = memory();
    say(`  ${userIds.length} subscriptions open after ${(openMs / 1_000).toFixed(1)} s`);
    const withThem = await measureRound({ ...bench, ...load });
    await crowd.untilDelivered(withThem.payments);
    const after = memory();
    crowd.close();

    const row = (title: string, round: PipelineRound): string[] => [
      title,
      String(round.payments),
      ...['users', 'payments', 'gateway'].map((name) => (round.cpuMs[name] ?? 0).toFixed(2)),
      ...[round.mutationToEvent.p50, round.mutationToEvent.p99].map((value) => value.toFixed(0)),
    ];
    const kb = (name: string): string => ((((open[name] ?? 0) - (before[name] ?? 0)) * 1_024) / userIds.length).toFixed(1);
    const missing = withThem.payments - crowd.delivered;
    return {
      name: 'subscriptions',
      title: `${userIds.length} open subscriptions`,
      text:
        `Each on a WebSocket connection of its own, for one user; ${perSecond.toFixed(0)} payments a second at random moments for all these users in turn, ${options.latencySeconds} s without the subscriptions and ${options.latencySeconds} s with them. ` +
        `One more subscriber gets all outcomes each time. Opening all took ${(openMs / 1_000).toFixed(1)} s; memory for each: ${kb('gateway')} kB at the gateway, ${kb('payments')} kB at payments ` +
        `(${(before['gateway'] ?? 0).toFixed(0)}, ${(open['gateway'] ?? 0).toFixed(0)} and at the end ${(after['gateway'] ?? 0).toFixed(0)} MB; ${(before['payments'] ?? 0).toFixed(0)}, ${(open['payments'] ?? 0).toFixed(0)} and ${(after['payments'] ?? 0).toFixed(0)} MB).`,
      tables: [
        [
          ['subscriptions', 'payments', 'CPU ms per payment: users', 'payments', 'gateway', 'mutation to event p50 ms', 'p99 ms'],
          row('one, of all', without),
          row(`${userIds.length} more`, withThem),
        ],
      ],
      bars: [
        { what: 'events to somebody else', wanted: '0', measured: String(crowd.astray), met: crowd.astray === 0 },
        {
          what: 'payments whose subscriber had no event, or two',
          wanted: '0',
          measured: String(Math.abs(missing) + crowd.repeated),
          met: missing === 0 && crowd.repeated === 0,
        },
      ],
      figures: { perSecond, without, withThem, openMs, before, open, after, opening: crowd.opening },
    };
  },
};

interface Crowd {
  /** Payments whose event came to the one it concerns. */
  readonly delivered: number;
  readonly repeated: number;
  /** Events that came to somebody else. */
  readonly astray: number;
  readonly opening: ReturnType<typeof toLatencies>;
  untilDelivered(count: number): Promise<void>;
  close(): void;
}

/** Resolves when all are acknowledged and subscribed. */
async function openCrowd(port: number, userIds: readonly string[]): Promise<Crowd> {
  const seen = new Set<string>();
  const sockets: WebSocket[] = [];
  const waits: number[] = [];
  let repeated = 0;
  let astray = 0;

  const open = (userId: string, index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const begunAt = performance.now();
      const localAddress = `127.0.0.${1 + Math.floor(index / PER_ADDRESS)}`;
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false, localAddress });
      sockets.push(socket);
      socket.on('error', reject);
      socket.on('close', (code) => reject(new Error(`a subscription was closed with ${code}`)));
      socket.on('open', () => socket.send('{"type":"connection_init"}'));
      socket.on('message', (data) => {
        const text = String(data);
        const event = EVENT.exec(text);
        if (event?.[1] !== undefined) {
          if (event[2] !== userId) astray += 1;
          else if (seen.has(event[1])) repeated += 1;
          else seen.add(event[1]);
        } else if (text.startsWith('{"type":"connection_ack"')) {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIBE, variables: { userId } } }));
          socket.send('{"type":"ping"}'); // its answer comes behind the subscription
        } else if (text.startsWith('{"type":"pong"')) {
          waits.push(performance.now() - begunAt);
          resolve();
        } else if (text.startsWith('{"type":"ping"')) socket.send('{"type":"pong"}');
      });
    });

  const queue = userIds.map((userId, index) => ({ userId, index }));
  const opener = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await open(next.userId, next.index);
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
  await delay(2_000); // the last of them reach payments; there is nothing that tells

  return {
    get delivered() {
      return seen.size;
    },
    get repeated() {
      return repeated;
    },
    get astray() {
      return astray;
    },
    opening: toLatencies(waits),
    async untilDelivered(count) {
      for (const endAt = performance.now() + 30_000; seen.size < count && performance.now() < endAt;) await delay(50);
    },
    close: () => sockets.forEach((socket) => socket.terminate()),
  };
}
