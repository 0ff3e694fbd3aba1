import { describe, expect, it } from '@jest/globals';
import { createLabelDraw } from '../../../../gateway/planning/override-labels.ts';

const drawn = (labels: readonly string[], options: Parameters<typeof createLabelDraw>[1]): string[] => [
  ...createLabelDraw(labels, options).draw(),
];

describe('labels of progressive overrides', () => {
  const labels = ['percent(25)', 'percent(0.5)', 'beta', 'percent(100)', 'percent(0)', 'alpha'];

  it.each([
    [0, ['percent(25)', 'percent(0.5)', 'percent(100)']],
    [0.5, ['percent(25)', 'percent(100)']],
    [24.999, ['percent(25)', 'percent(100)']],
    [25, ['percent(100)']],
    [99.999, ['percent(100)']],
  ])('hold by percentage when the number drawn is below: %d', (number, expected) => {
    expect(drawn(labels, { drawPercent: () => number })).toEqual(expected);
  });

  it('hold by name when they were named, percentages among them', () => {
    expect(drawn(labels, { overrideLabels: ['beta', 'percent(0)', 'unknown'], drawPercent: () => 99 })).toEqual([
      'beta',
      'percent(0)',
      'percent(100)',
    ]);
  });

  it('hold about as often as they say', () => {
    const { draw } = createLabelDraw(['percent(30)']);
    const held = Array.from({ length: 10_000 }, draw).filter((active) => active.has('percent(30)')).length;

    expect(held).toBeGreaterThan(2_600);
    expect(held).toBeLessThan(3_400);
  });

  it('make no more sets than percentages and one, each of which can be drawn', () => {
    const number = { drawn: 0 };
    const { sets, draw } = createLabelDraw(['percent(10)', 'percent(20)', 'percent(20.0)', 'x'], { drawPercent: () => number.drawn });

    expect(sets).toHaveLength(3);
    const found = Array.from({ length: 100 }, (_, index) => ((number.drawn = index), draw()));
    expect(new Set(found)).toEqual(new Set(sets));
    expect(createLabelDraw([], {}).sets).toHaveLength(1);
  });
});
