import { describe, expect, it } from '@jest/globals';
import { toConnectionWords } from '../../../../client/src/feed/connection-words.ts';
import { countNewer } from '../../../../client/src/feed/count-newer.ts';
import { ofAccount, toFeedAccounts } from '../../../../client/src/feed/feed-accounts.ts';
import { parseRemembered } from '../../../../client/src/feed/parse-remembered.ts';
import { summariseEvents } from '../../../../client/src/feed/summarise-events.ts';
import { testEvent } from './test-event.ts';

const time = (at: number): string => `t${at}`;

describe('the connection in words', () => {
  it('says since when it reconnects and that nothing is lost', () => {
    const words = toConnectionWords({ phase: 'resuming', since: 5, why: 'lost', problem: 'the server cannot be reached' }, time);

    expect(words.title).toBe('Reconnecting since t5');
    expect(words.detail).toBe('Nothing is lost: it goes on from the last event shown. Last try: the server cannot be reached.');
  });

  it('says how many events were missed and caught up', () => {
    const live = (missed: number) =>
      toConnectionWords({ phase: 'live', since: 9, caughtUp: { since: 5, at: 9, missed, why: 'slept' } }, time).detail;

    expect(live(37)).toBe('This computer slept at t5; resumed at t9, caught up: 37 events that you missed.');
    expect(live(1)).toContain('caught up: 1 event that you missed');
    expect(live(0)).toContain('nothing was missed');
  });
});

describe('what is read out', () => {
  it('is one payment in full, and many as numbers', () => {
    expect(summariseEvents([testEvent({ name: 'Ana', status: 'FAILED' })])).toMatch(/^Ana, MXN.25\.00, failed$/);
    expect(summariseEvents([testEvent({}), testEvent({ status: 'FAILED' }), testEvent({})])).toBe('3 payments: 2 processed, 1 failed');
  });
});

describe('the accounts to choose from', () => {
  it('are those that are known and those that were heard of, by name', () => {
    const events = [testEvent({ name: 'Willis' }), testEvent({ name: 'Ana' })];

    expect(toFeedAccounts(events, [{ id: 'Zoe', name: 'Zoe' }]).map(({ name }) => name)).toEqual(['Ana', 'Willis', 'Zoe']);
    expect(ofAccount(events, 'Ana')).toEqual([events[1]]);
    expect(ofAccount(events, '')).toBe(events);
  });
});

describe('the list that stands still', () => {
  it('knows how many events came since', () => {
    const events = [4, 3, 2, 1].map((sequence) => ({ ...testEvent({}), sequence }));

    expect(countNewer(events, events.slice(2))).toBe(2);
    expect(countNewer(events, events)).toBe(0);
    expect(countNewer(events, [])).toBe(4);
  });
});

describe('the cursor over reloads', () => {
  it('is used when it is whole and not too old', () => {
    expect(parseRemembered('{"cursor":"c1","at":5}', 10)).toEqual({ cursor: 'c1', at: 5 });
  });

  it.each([null, '', 'null', '7', '{', '{"cursor":7,"at":5}', '{"cursor":"c1"}', '{"cursor":"c1","at":11}'])(
    'is ignored when it is %s',
    (text) => {
      expect(parseRemembered(text, 10)).toBeUndefined();
    },
  );

  it('is ignored after a day', () => {
    expect(parseRemembered('{"cursor":"c1","at":0}', 25 * 3_600_000)).toBeUndefined();
  });
});
