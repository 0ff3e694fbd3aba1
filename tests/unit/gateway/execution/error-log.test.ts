import { describe, expect, it } from '@jest/globals';
import { ErrorLog } from '../../../../gateway/execution/error-log.ts';

describe('an error explains a null', () => {
  const log = new ErrorLog();
  log.add({ message: 'x' }, ['a', 1, 'b']);
  log.explain(['c']);

  it.each([
    ['at its own place', ['a', 1, 'b'], true],
    ['below it', ['a', 1, 'b', 'c'], true],
    ['above it, where the null has come up to', ['a'], true],
    ['of all data', [], true],
    ['below a place that was explained', ['c', 5, 'd'], true],
    ['not beside it', ['a', 1, 'c'], false],
    ['not at another index', ['a', 2, 'b'], false],
    ['not elsewhere', ['d'], false],
  ])('%s', (_title, path, expected) => {
    expect(log.explains(path)).toBe(expected);
  });

  it('only when it has a place', () => {
    const pathless = new ErrorLog();
    pathless.add({ message: 'x' }, undefined);

    expect(pathless.explains(['a'])).toBe(false);
    expect(pathless.errors).toEqual([{ message: 'x' }]);
  });
});
