import { describe, expect, it } from '@jest/globals';
import { PlanCache } from '../../../../gateway/planning/plan-cache.ts';

type Plan = { plan: string };
type Refusal = { refusal: string };

describe('the cache of plans', () => {
  it('tells texts and operation names apart', () => {
    const cache = new PlanCache<Plan, Refusal>();
    cache.keep('q', undefined, { plan: 'none' }, 1);
    cache.keep('q', 'A', { plan: 'A' }, 1);

    expect(cache.find('q', undefined)).toEqual({ plan: 'none' });
    expect(cache.find('q', 'A')).toEqual({ plan: 'A' });
    expect(cache.find('q', 'B')).toBeUndefined();
  });

  it('is not fooled by a text that looks like a name and a text', () => {
    const cache = new PlanCache<Plan, Refusal>();
    cache.keep('q', 'A', { plan: 'A' }, 1);

    expect(cache.find('\0A\0q', undefined)).toBeUndefined();
  });

  it('holds as many as it was told', () => {
    const cache = new PlanCache<Plan, Refusal>({ entries: 10 });
    for (let index = 0; index < 100; index += 1) cache.keep(`q${index}`, undefined, { plan: 'x' }, 1);

    expect(cache.size).toBe(10);
    expect(cache.find('q99', undefined)).toBeDefined();
  });

  it('holds as much as it was told', () => {
    const cache = new PlanCache<Plan, Refusal>({ bytes: 10_000 });
    for (let index = 0; index < 100; index += 1) cache.keep(`q${index}`, undefined, { plan: 'x' }, 1_000);

    expect(cache.size).toBeLessThan(10);
  });

  it('does not let what is used be pushed out by what is not', () => {
    const cache = new PlanCache<Plan, Refusal>({ entries: 10 });
    cache.keep('used', undefined, { plan: 'x' }, 1);
    for (let index = 0; index < 100; index += 1) {
      cache.find('used', undefined);
      cache.keep(`q${index}`, undefined, { plan: 'x' }, 1);
    }

    expect(cache.find('used', undefined)).toBeDefined();
  });

  it('does not let garbage push out a plan', () => {
    const cache = new PlanCache<Plan, Refusal>({ entries: 10 });
    cache.keep('good', undefined, { plan: 'x' }, 1);
    for (let index = 0; index < 10_000; index += 1) cache.keepRefusal(`garbage ${index}`, undefined, { refusal: 'x' });

    expect(cache.find('good', undefined)).toBeDefined();
    expect(cache.find('garbage 9999', undefined)).toBeDefined();
    expect(cache.find('garbage 0', undefined)).toBeUndefined();
  });

  it('does not keep a text that is larger than all of it', () => {
    const cache = new PlanCache<Plan, Refusal>({ bytes: 1_000 });
    cache.keep('x'.repeat(10_000), undefined, { plan: 'x' }, 1);
    cache.keepRefusal('y'.repeat(10_000_000), undefined, { refusal: 'x' });

    expect(cache.size).toBe(0);
    expect(cache.find('y'.repeat(10_000_000), undefined)).toBeUndefined();
  });
});
