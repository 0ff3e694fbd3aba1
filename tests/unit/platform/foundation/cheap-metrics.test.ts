import { expect, test } from '@jest/globals';
import { createDurations } from '../../../../platform/foundation/durations.ts';
import { AggregatorRegistry, createMetrics } from '../../../../platform/foundation/metrics.ts';
import { createTally } from '../../../../platform/foundation/tally.ts';

test('a tally is a Prometheus counter of those labels that were counted', async () => {
  const registry = createMetrics('test');
  const tally = createTally(registry, { name: 'things_total', help: 'Things', labelNames: ['kind', 'outcome'] });
  const good = tally.cell({ kind: 'a', outcome: 'ok' });
  tally.cell({ kind: 'a', outcome: 'never' });

  good.count += 2;
  tally.cell({ outcome: 'ok', kind: 'a' }).count += 1;
  tally.cell({ kind: 'b', outcome: 'ok' }).count += 1;

  const lines = linesOf(await registry.metrics(), 'things_total');
  expect(lines).toEqual([
    '# HELP things_total Things',
    '# TYPE things_total counter',
    'things_total{kind="a",outcome="ok",service="test"} 3',
    'things_total{kind="b",outcome="ok",service="test"} 1',
  ]);
  expect(linesOf(await registry.metrics(), 'things_total')).toEqual(lines);
});

test('durations are a Prometheus histogram of seconds, each bucket with those below it, and add up over processes', async () => {
  const registry = createMetrics('test');
  const durations = createDurations(registry, { name: 'work_seconds', help: 'Work', labelName: 'kind' });
  const cell = durations.cell('a');
  durations.cell('never');

  cell.since(performance.now());
  durations.cell('a').since(performance.now() - 40);
  cell.since(performance.now() - 60_000);

  const lines = linesOf(await registry.metrics(), 'work_seconds');
  expect(lines).toContain('# TYPE work_seconds histogram');
  expect(lines).toContain('work_seconds_bucket{le="0.025",service="test",kind="a"} 1');
  expect(lines).toContain('work_seconds_bucket{le="10",service="test",kind="a"} 2');
  expect(lines).toContain('work_seconds_bucket{le="+Inf",service="test",kind="a"} 3');
  expect(lines).toContain('work_seconds_count{service="test",kind="a"} 3');
  expect(lines.some((line) => line.includes('never'))).toBe(false);
  const sum = Number(/work_seconds_sum\{.*\} (.*)/.exec(lines.join('\n'))?.[1]);
  expect(sum).toBeGreaterThan(60);
  expect(sum).toBeLessThan(70);

  const both = AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), await registry.getMetricsAsJSON()]);
  expect(linesOf(await both.metrics(), 'work_seconds').join('\n')).toMatch(/work_seconds_count\{.*kind="a".*\} 6/);
});

function linesOf(page: string, name: string): string[] {
  return page.split('\n').filter((line) => line.includes(name));
}
