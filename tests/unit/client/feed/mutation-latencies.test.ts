import { describe, expect, it } from '@jest/globals';
import { createMutationLatencies } from '../../../../client/src/feed/mutation-latencies.ts';

function measured() {
  const clock = { now: 0 };
  const latencies = createMutationLatencies(() => clock.now);
  return { clock, latencies, values: () => latencies.samples().map(({ latencyMs }) => latencyMs) };
}

describe('latencies from the click to the event', () => {
  it('are known when the event comes', () => {
    const { clock, latencies, values } = measured();
    latencies.mutationSent('p1', 100);
    clock.now = 187;
    latencies.eventCame('p1');

    expect(values()).toEqual([87]);
  });

  it('are known when the event came before the mutation was answered', () => {
    const { clock, latencies, values } = measured();
    clock.now = 150;
    latencies.eventCame('p1');
    expect(latencies.mutationSent('p1', 100)).toBe(true);

    expect(values()).toEqual([50]);
  });

  it('count a payment that was sent twice once, from the first click', () => {
    const { clock, latencies, values } = measured();
    latencies.mutationSent('p1', 100);
    latencies.mutationSent('p1', 180);
    clock.now = 200;
    latencies.eventCame('p1');
    latencies.mutationSent('p1', 190);

    expect(values()).toEqual([100]);
  });

  it('leave out payments of other clients, and answers about old ones', () => {
    const { clock, latencies, values } = measured();
    clock.now = 50;
    latencies.eventCame('old');
    latencies.mutationSent('old', 100);
    latencies.eventCame('of another client');

    expect(values()).toEqual([]);
  });

  it('keep the newest thousand', () => {
    const { clock, latencies, values } = measured();
    for (let turn = 0; turn < 1_500; turn += 1) {
      latencies.mutationSent(`p${turn}`, 0);
      clock.now = turn;
      latencies.eventCame(`p${turn}`);
    }

    expect(values()).toHaveLength(1_000);
    expect(values().at(-1)).toBe(1_499);
  });
});
