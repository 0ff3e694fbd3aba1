import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import * as kit from '../../../gateway/testing/testing.ts';

const page = readFileSync(new URL('../../../docs/testing.md', import.meta.url), 'utf8');

it('docs/testing.md shows the example that is run', () => {
  const example = readFileSync(new URL('../../../examples/testing/reviews.test.ts', import.meta.url), 'utf8');
  const [block] = /(?<=```ts\n)import [^]*?(?=```)/.exec(page) ?? [];

  expect(block).toBe(example);
});

it.each(Object.keys(kit))('docs/testing.md tells of %s', (name) => {
  expect(page).toContain(name);
});
