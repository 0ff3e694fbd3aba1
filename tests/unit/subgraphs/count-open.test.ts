import { describe, expect, it } from '@jest/globals';
import { createMetrics, Gauge } from '../../../platform/foundation/metrics.ts';
import { countOpen } from '../../../subgraphs/count-open.ts';

function openGauge(): { gauge: Gauge; value: () => Promise<number | undefined> } {
  const gauge = new Gauge({ name: 'open', help: 'open', registers: [createMetrics('test')] });
  return { gauge, value: async () => (await gauge.get()).values[0]?.value };
}
async function* numbers(): AsyncGenerator<number> {
  yield 1;
}
async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new Error('broken');
}

describe('a stream that is counted', () => {
  it('counts until it ends, once', async () => {
    const { gauge, value } = openGauge();
    const stream = countOpen(numbers(), gauge);

    expect(await stream.next()).toEqual({ value: 1, done: false });
    expect(await value()).toBe(1);
    expect(await stream.next()).toMatchObject({ done: true });
    await stream.return?.();
    expect(await value()).toBe(0);
  });

  it('counts until it is left', async () => {
    const { gauge, value } = openGauge();
    const stream = countOpen(numbers(), gauge);

    expect(await stream.return?.()).toMatchObject({ done: true });
    expect(await value()).toBe(0);
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('counts until it fails, and says why', async () => {
    const { gauge, value } = openGauge();
    const stream = countOpen(broken(), gauge);

    await stream.next();
    await expect(stream.next()).rejects.toThrow('broken');
    expect(await value()).toBe(0);
  });
});
