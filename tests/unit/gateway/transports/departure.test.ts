import { describe, expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toAbortSignal, type AbortNotice } from '../../../../gateway/subgraphs/abort-notice.ts';
import { Departure } from '../../../../gateway/transports/departure.ts';

describe.each([
  ['a departure', (): [AbortNotice, () => void] => withAbort(new Departure())],
  ['an AbortSignal', (): [AbortNotice, () => void] => signalWithAbort()],
  ['the signal of a departure', (): [AbortNotice, () => void] => signalOfDeparture()],
])('%s', (_what, create) => {
  test('tells everybody who listens, once, as a function or as an object', () => {
    const [notice, abort] = create();
    const told: string[] = [];
    const object = { handleEvent: () => told.push('object') };
    notice.addEventListener('abort', () => told.push('first'));
    notice.addEventListener('abort', () => told.push('second'), { once: true });
    notice.addEventListener('abort', object);
    notice.addEventListener('abort', object);

    expect(notice.aborted).toBe(false);
    abort();
    abort();

    expect(notice.aborted).toBe(true);
    expect(told).toEqual(['first', 'second', 'object']);
  });

  test('does not tell those who no longer listen, also when they stopped while others were told', () => {
    const [notice, abort] = create();
    const told: string[] = [];
    const early = (): void => void told.push('early');
    const late = (): void => void told.push('late');
    const last = (): void => void told.push('last');
    notice.addEventListener('abort', early);
    notice.addEventListener('abort', () => notice.removeEventListener('abort', late));
    notice.addEventListener('abort', late);
    notice.removeEventListener('abort', early);
    notice.addEventListener('abort', last);
    notice.addEventListener('abort', late);

    abort();

    expect(told).toEqual(['last']);
  });
});

test('a departure lets go of listeners that were removed, so that a long stream does not keep the work of its events', async () => {
  const departure = new Departure();
  const listeners = listenAndStop(departure);
  await new Promise((resolve) => setImmediate(resolve)); // references live on until the end of the turn

  collectGarbage();

  expect(listeners.filter((reference) => reference.deref() !== undefined)).toEqual([]);
  expect(departure.aborted).toBe(false);
});

test('a departure that has happened is an aborted signal', () => {
  const departure = new Departure();
  departure.abort();

  expect(toAbortSignal(departure).aborted).toBe(true);
});

function listenAndStop(departure: Departure): WeakRef<object>[] {
  return Array.from({ length: 100 }, () => {
    const listener = { handleEvent: () => undefined };
    departure.addEventListener('abort', listener);
    departure.addEventListener('abort', departing);
    departure.removeEventListener('abort', listener);
    return new WeakRef(listener);
  });
}

/** As with `--expose-gc`, without a process of its own. */
function collectGarbage(): void {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
}

const departing = (): void => undefined;

function withAbort(departure: Departure): [AbortNotice, () => void] {
  return [departure, () => departure.abort()];
}

function signalWithAbort(): [AbortNotice, () => void] {
  const controller = new AbortController();
  return [controller.signal, () => controller.abort()];
}

function signalOfDeparture(): [AbortNotice, () => void] {
  const departure = new Departure();
  return [toAbortSignal(departure), () => departure.abort()];
}
