import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { FAILPOINTS } from '../../support/chaos/failpoints.ts';

it('docs/guarantees.md tells of every failpoint, in order, what is half done there and what makes it whole', () => {
  const page = readFileSync(new URL('../../../docs/guarantees.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (users|payments) \| `([^`]+)` \| \S.* \| \S.* \|$/gm)].map(([, service, point]) => [service, point]);

  expect(rows).toEqual([...FAILPOINTS.users.map((point) => ['users', point]), ...FAILPOINTS.payments.map((point) => ['payments', point])]);
});
