import { expect, it } from '@jest/globals';
import { toInitials } from '../../../../client/src/accounts/to-initials.ts';

it.each([
  ['Willis', 'W'],
  ['ana maría lópez', 'AL'],
  ['  Ñandú  ', 'Ñ'],
  ['🦊 fox', '🦊F'],
  ['', ''],
])('%j is %j', (name, initials) => {
  expect(toInitials(name)).toBe(initials);
});
