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

  it('and is one of an input when something could not be asked for because of it, also where it was told elsewhere', () => {
    const around = new ErrorLog();
    const [told, other] = [around.add({ message: 'x' }, ['a', 'key']), around.add({ message: 'y' }, ['b'])];
    around.explain(['c'], told);
    const inner = new ErrorLog(around);

    expect(inner.explainsInput(['d', 'key'])).toBe(false);
    expect([inner.isOfInput(told), inner.isOfInput(other)]).toEqual([false, false]);
    expect(inner.explainsInput(['c', 'key'])).toBe(true);
    expect([inner.isOfInput(told), inner.isOfInput(other)]).toEqual([true, false]);
  });
});

describe('an error is told', () => {
  it('once, when an equal one comes for the same place', () => {
    const log = new ErrorLog();
    const first = log.add({ message: 'x', extensions: { serviceName: 'a' } }, ['a', 1]);
    const second = log.add({ message: 'x', extensions: { serviceName: 'a' } }, ['a', 1]);

    expect(second).toBe(first); // whoever finds that it is one of an input says so of the one that is told
    expect(log.errors).toEqual([first]);
  });

  it('again for another place, and for another subgraph', () => {
    const log = new ErrorLog();
    log.add({ message: 'x', extensions: { serviceName: 'a' } }, ['a', 1]);
    log.add({ message: 'x', extensions: { serviceName: 'a' } }, ['a', 2]);
    log.add({ message: 'x', extensions: { serviceName: 'b' } }, ['a', 1]);

    expect(log.errors).toHaveLength(3);
  });
});
