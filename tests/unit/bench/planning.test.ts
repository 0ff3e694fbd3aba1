import { describe, expect, it } from '@jest/globals';
import { measurePlanning } from '../../../bench/planning.ts';

describe('npm run bench -- planning', () => {
  it('measures both planners, composition and the memory of kept plans, which stops growing when they are full', async () => {
    const { stages, composition, kept } = await measurePlanning({
      planners: ['apollo', 'hive'],
      operations: 10,
      subgraphs: 10,
      kept: [60, 120, 180],
      cacheEntries: 40,
      start: false,
      say: () => undefined,
    });

    expect(stages.map(({ planner, operations }) => `${planner} ${operations}`)).toEqual(['apollo 10', 'hive 10']);
    for (const { shares, p50Ms, p99Ms } of stages) {
      expect(shares.parse + shares.validate + shares.plan + shares.compile).toBeCloseTo(1);
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    }
    expect(composition.firstMs).toBeGreaterThan(0);
    const [, full, , twice] = kept.map(({ heapMb }) => heapMb);
    expect(Number(twice) - Number(full)).toBeLessThan(12); // 120 plans more would be some 20 MB
  }, 120_000);
});
