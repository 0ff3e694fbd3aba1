import { expect, it } from '@jest/globals';
import { createRememberedForm, type RememberedForm } from '../../../../client/src/forms/remembered-form.ts';
import { createMemoryStorage } from '../../../../client/src/storage/key-value-storage.ts';

const EMPTY = { amount: '', description: '' };
const TYPED = { amount: '25.00', description: 'coffee' };

/** A browser with tabs; opening the form anew in the same tab is a reload. */
function openTabs(): { tab: () => () => RememberedForm; browser: ReturnType<typeof createMemoryStorage> } {
  const browser = createMemoryStorage();
  let keys = 0;
  const newKey = (): string => `key-${(keys += 1)}`;
  return {
    browser,
    tab: () => {
      const tab = createMemoryStorage();
      return () => createRememberedForm({ name: 'pay.1', empty: EMPTY, tab, browser, newKey });
    },
  };
}

it('what was typed and its key survive a reload', () => {
  const reload = openTabs().tab();
  const form = reload();

  const typed = form.type(form.open(), TYPED);

  expect(reload().open()).toEqual({ ...typed, fields: TYPED, unanswered: false });
});

it('after a reload in mid-payment the same key is sent again', () => {
  const reload = openTabs().tab();
  const form = reload();
  const sent = form.send(form.type(form.open(), TYPED));

  expect(reload().open()).toEqual({ ...sent, unanswered: true });
});

it('a payment without an answer is known in another tab too, also when the first is closed', () => {
  const { tab } = openTabs();
  const first = tab()();
  const sent = first.send(first.type(first.open(), TYPED));

  expect(tab()().open()).toEqual(sent);
});

it('an accepted payment leaves an empty form with another key', () => {
  const reload = openTabs().tab();
  const form = reload();
  const sent = form.send(form.type(form.open(), TYPED));

  const next = form.accepted();

  expect(next).toEqual({ fields: EMPTY, idempotencyKey: expect.not.stringMatching(sent.idempotencyKey), unanswered: false });
  expect(reload().open()).toEqual(next);
});

it('a refused payment keeps what was typed, for another key: the old one stays refused', () => {
  const reload = openTabs().tab();
  const form = reload();
  const sent = form.send(form.type(form.open(), TYPED));

  const refused = form.refused(sent);

  expect(refused).toEqual({ fields: TYPED, idempotencyKey: expect.not.stringMatching(sent.idempotencyKey), unanswered: false });
  expect(reload().open()).toEqual(refused);
});

it('starting anew keeps what was typed under another key', () => {
  const form = openTabs().tab()();
  const sent = form.send(form.type(form.open(), TYPED));

  expect(form.startAnew(sent)).toEqual({
    fields: TYPED,
    idempotencyKey: expect.not.stringMatching(sent.idempotencyKey),
    unanswered: false,
  });
});

it('two tabs that only type have two keys', () => {
  const { tab } = openTabs();

  expect(tab()().open().idempotencyKey).not.toBe(tab()().open().idempotencyKey);
});

it.each(['not JSON', 'null', '[]', '{"fields":{}}', '{"fields":{"amount":"1"},"idempotencyKey":""}', '{"fields":1,"idempotencyKey":"k"}'])(
  'what is no form, %s, is an empty form',
  (stored) => {
    const { tab, browser } = openTabs();
    browser.setItem('paygraph.sent.pay.1', stored);

    expect(tab()().open()).toMatchObject({ fields: EMPTY, unanswered: false });
  },
);

it('fields that the form does not know, or that are no text, do not come back', () => {
  const { tab, browser } = openTabs();
  browser.setItem('paygraph.sent.pay.1', '{"fields":{"amount":7,"other":"x","description":"tea"},"idempotencyKey":"k"}');

  expect(tab()().open().fields).toEqual({ amount: '', description: 'tea' });
});
