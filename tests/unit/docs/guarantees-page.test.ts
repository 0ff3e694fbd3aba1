import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from '@jest/globals';
import { FAILPOINTS } from '../../support/chaos/failpoints.ts';

const page = readFileSync(new URL('../../../docs/guarantees.md', import.meta.url), 'utf8');

it('docs/guarantees.md tells of every failpoint, in order, what is half done there and what makes it whole', () => {
  const rows = [...page.matchAll(/^\| (users|payments) \| `([^`]+)` \| \S.* \| \S.* \|$/gm)].map(([, service, point]) => [service, point]);

  expect(rows).toEqual([...FAILPOINTS.users.map((point) => ['users', point]), ...FAILPOINTS.payments.map((point) => ['payments', point])]);
});

it('docs/guarantees.md names only tests that there are', () => {
  const there = new Set(
    readdirSync(new URL('../../', import.meta.url), { recursive: true, encoding: 'utf8' }).map((file) => basename(file)),
  );
  const named = page.match(/\b[\w-]+\.test\.ts\b/g) ?? [];

  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((file) => !there.has(file))).toEqual([]);
});
