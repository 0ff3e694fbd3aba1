import { toLatencies, type Latencies } from './measure-round.ts';
import { pay, type Paid } from './payers.ts';
import { findMaximum } from './latency.ts';
import type { Section } from './section.ts';

/** A quarter: what is measured is the wait for one's own answer, not for others. */
const SHARE = 0.25;

/** Whether `pay` notices that RabbitMQ is away: before, meanwhile, and after. */
export const brokerStopped: Section = {
  name: 'broker-stopped',
  summary: 'latency of pay while RabbitMQ runs, and while it is stopped',
  byDefault: true,
  async run(bench) {
    const { servers, pipeline, reader, options, say } = bench;
    const { rabbitmq } = servers;
    if (!rabbitmq) throw new Error('RabbitMQ is stopped here, so it must be a private one: leave --postgres and --amqp away');
    const perSecond = (await findMaximum(bench)) * SHARE;
    const seconds = options.latencySeconds;
    reader.forget();
    const all: Paid[] = [];
    const measured: { when: string; latencies: Latencies }[] = [];
    const measure = async (when: string): Promise<Latencies> => {
      const paid = await pay({ port: pipeline.port, userIds: pipeline.userIds, perSecond, seconds });
      all.push(...paid);
      const latencies = toLatencies(paid.map(({ dueAt, answeredAt }) => answeredAt - dueAt));
      measured.push({ when, latencies });
      say(`  ${when}: p50 ${latencies.p50.toFixed(1)} ms, p99 ${latencies.p99.toFixed(1)} ms`);
      return latencies;
    };
    const before = await measure('it runs');
    await rabbitmq.kill('SIGTERM');
    const stopped = await measure('it is stopped');
    await rabbitmq.start();
    const startedAt = performance.now();
    await reader.until(all.map(({ paymentId }) => paymentId));
    const caughtUpMs = performance.now() - startedAt;
    const after = await measure('it runs again');
    await reader.until(all.map(({ paymentId }) => paymentId));
    const p50 = Math.max(before.p50, after.p50);
    const p99 = Math.max(before.p99, after.p99);
    return {
      name: 'broker-stopped',
      title: 'pay while RabbitMQ is stopped',
      text:
        `${perSecond.toFixed(0)} payments a second at random moments, ${seconds} s each time, milliseconds from when one was due to its answer. Meanwhile nothing is processed, which leaves more of the machine to \`pay\`. ` +
        `All ${all.length} payments had their event in the end, those of the outage ${(caughtUpMs / 1_000).toFixed(1)} s after RabbitMQ was back.`,
      tables: [
        [
          ['RabbitMQ', 'payments', 'p50', 'p99', 'p99.9', 'max'],
          ...measured.map(({ when, latencies: { count, ...values } }) => [
            when,
            String(count),
            ...[values.p50, values.p99, values.p999, values.max].map((value) => value.toFixed(1)),
          ]),
        ],
      ],
      bars: [
        {
          what: 'p50 while it is stopped',
          wanted: `at most ${p50.toFixed(1)} ms + 10 %`,
          measured: `${stopped.p50.toFixed(1)} ms`,
          met: stopped.p50 <= p50 * 1.1,
        },
        {
          what: 'p99 while it is stopped',
          wanted: `at most ${p99.toFixed(1)} ms + 10 %`,
          measured: `${stopped.p99.toFixed(1)} ms`,
          met: stopped.p99 <= p99 * 1.1,
        },
      ],
      figures: { perSecond, measured, caughtUpMs },
    };
  },
};
