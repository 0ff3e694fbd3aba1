import { expect, it } from '@jest/globals';
import { toSafeText } from '../../../../platform/messaging/safe-text.ts';

it.each([
  ['plain text', 'café 🦊\n\tx', 'café 🦊\n\tx'],
  ['control characters', 'a\u0000\u001B[31mb\u007F', 'a\uFFFD\uFFFD[31mb\uFFFD'],
  ['what turns the direction around', 'a\u202Eb\u2066c', 'a\uFFFDb\uFFFDc'],
  ['line ends of any kind', 'a\r\nb\rc', 'a\nb\nc'],
  ['half of a surrogate pair', 'a\uD83Eb', 'a\uFFFDb'],
  ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'a\uFFFDb'],
])('%s', (_what, source, expected) => {
  expect(toSafeText(source, 100)).toBe(expected);
});

it('cuts at whole characters and says so', () => {
  expect(toSafeText('🦊🦊🦊', 2)).toBe('🦊🦊…');
  expect(toSafeText(Buffer.from('🦊🦊🦊'), 2)).toBe('🦊🦊…');
  expect(toSafeText('🦊🦊', 2)).toBe('🦊🦊');
});
