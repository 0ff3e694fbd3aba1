import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase } from '../../platform/storage/database.ts';
import { debitTogether } from '../../subgraphs/users/debit-together.ts';
import { residentBytes } from '../measure/process-figures.ts';
import { ask } from './ask.ts';
import type { EventReader } from './event-reader.ts';
import type { Pipeline } from './pipeline.ts';
import type { Section } from './section.ts';

/** Payments of one statement when the backlog is made. */
const CHUNK = 1_000;
const PARTS = 5;
/** For all of the backlog to be published. */
const PATIENCE_MS = 600_000;
/** An hour: nobody asks again for what only waits. */
const RECONCILE_AFTER_MS = 3_600_000;

interface Sample {
  readonly done: number;
  readonly atMs: number;
  readonly mb: Readonly<Record<string, number>>;
}

/** Messages wait in RabbitMQ while processing is paused; then they are worked off. */
export const backlog: Section = {
  name: 'backlog',
  summary: 'messages that waited are worked off: rate and memory over time',
  byDefault: false,
  async run({ pipeline, reader, options, say }) {
    await ask(pipeline.port, 'mutation { pauseProcessing { paused } }');
    reader.forget();
    const begunAt = performance.now();
    const ids = await acceptMany(pipeline, options.backlog);
    const acceptedMs = performance.now() - begunAt;
    say(`  ${ids.length} payments accepted after ${(acceptedMs / 1_000).toFixed(1)} s`);
    await untilWaiting(pipeline, ids.length);
    const publishedMs = performance.now() - begunAt;
    say(`  all of them wait in RabbitMQ after ${(publishedMs / 1_000).toFixed(1)} s`);
    await ask(pipeline.port, 'mutation { resumeProcessing { paused } }');
    const samples = await sampleUntil(pipeline, reader, ids, say);
    const parts = toParts(samples, ids.length);
    const names = Object.keys(samples[0]?.mb ?? {});
    const rates = parts.map(({ perSecond }) => perSecond);
    const growth = names.map((name) => (parts.at(-1)?.mb[name] ?? 0) - (parts[0]?.mb[name] ?? 0));
    const slowest = Math.min(...rates) / Math.max(...rates);
    return {
      name: 'backlog',
      title: `A backlog of ${ids.length} messages`,
      text:
        `Processing is paused, ${ids.length} payments are debited in statements of ${CHUNK}, and the relay of users publishes them: in ${(publishedMs / 1_000).toFixed(0)} s all waited in RabbitMQ. Then processing is resumed; ` +
        'done is what a subscriber at the gateway has had the event of. Memory is what each process has in RAM when a fifth is done.',
      tables: [
        [
          ['done', 'payments/s in this fifth', ...names.map((name) => `${name} MB`)],
          ...parts.map(({ done, perSecond, mb }) => [
            String(done),
            perSecond.toFixed(0),
            ...names.map((name) => (mb[name] ?? 0).toFixed(0)),
          ]),
        ],
      ],
      bars: [
        { what: 'the slowest fifth, of the fastest', wanted: 'at least 0.70', measured: slowest.toFixed(2), met: slowest >= 0.7 },
        {
          what: 'growth of a process from the first fifth to the last',
          wanted: 'at most 64 MB',
          measured: `${Math.max(...growth).toFixed(0)} MB`,
          met: Math.max(...growth) <= 64,
        },
      ],
      figures: { acceptedMs, publishedMs, samples },
    };
  },
};

async function acceptMany({ databaseUrls, userIds }: Pipeline, count: number): Promise<string[]> {
  const { db, stop } = await openDatabase<OutboxSchema>({ name: 'users database', url: databaseUrls.users, logger: silentLogger });
  const ids: string[] = [];
  try {
    while (ids.length < count) {
      const acceptances = Array.from({ length: Math.min(CHUNK, count - ids.length) }, (_, n) => ({
        request: {
          paymentId: uuidv7(),
          userId: userIds[n % userIds.length] ?? '',
          amountMinor: 100n,
          currency: 'MXN',
          description: null,
          requestedAt: new Date(),
        },
        key: null,
      }));
      const accepted = await debitTogether(db, acceptances, RECONCILE_AFTER_MS);
      ids.push(...accepted.keys());
    }
    return ids;
  } finally {
    await stop(Date.now() + 5_000);
  }
}

async function untilWaiting(pipeline: Pipeline, count: number): Promise<void> {
  for (const endsAt = performance.now() + PATIENCE_MS; ; await delay(200)) {
    const { processing } = await ask<{ processing: { waiting: number } }>(pipeline.port, '{ processing { waiting } }');
    if (processing.waiting >= count) return;
    if (performance.now() > endsAt)
      throw new Error(`${processing.waiting} of ${count} requests wait in RabbitMQ after ${PATIENCE_MS / 60_000} minutes`);
  }
}

async function sampleUntil(
  pipeline: Pipeline,
  reader: EventReader,
  ids: readonly string[],
  say: (line: string) => void,
): Promise<Sample[]> {
  const startedAt = performance.now();
  const samples: Sample[] = [];
  const sample = (): void => {
    const mb = Object.fromEntries(Object.entries(pipeline.pids).map(([name, pid]) => [name, residentBytes(pid) / 2 ** 20]));
    samples.push({ done: reader.arrivals.size, atMs: performance.now() - startedAt, mb });
  };
  const timer = setInterval(sample, 250);
  sample();
  await reader.until(ids).finally(() => clearInterval(timer));
  sample();
  say(`  worked off in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return samples;
}

/** Each part with its rate, and the memory at its end. */
function toParts(samples: readonly Sample[], count: number): readonly { done: number; perSecond: number; mb: Sample['mb'] }[] {
  let from: Sample = { done: 0, atMs: 0, mb: {} };
  return Array.from({ length: PARTS }, (_, index) => {
    const wanted = Math.floor(((index + 1) * count) / PARTS);
    const at = samples.find(({ done }) => done >= wanted) ?? from;
    const perSecond = (at.done - from.done) / ((at.atMs - from.atMs) / 1_000);
    from = at;
    return { done: at.done, perSecond, mb: at.mb };
  });
}
