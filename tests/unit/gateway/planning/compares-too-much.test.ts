import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { comparesTooMuch } from '../../../../gateway/planning/compares-too-much.ts';

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

describe('comparing what an operation selects', () => {
  it.each([
    ['1,000 fields of other names', `{ ${times(1_000, (i) => `a${i}: name`)} }`],
    ['20 fields for each of 60 types', `{ node { ${times(60, (i) => `... on T${i} { ${times(20, (f) => `f${f}`)} }`)} } }`],
    ['one field 400 times', `{ ${times(400, () => 'name')} }`],
    ['300 fragments side by side', `{ ${times(300, (i) => `...F${i}`)} } ${times(300, (i) => `fragment F${i} on T { name }`)}`],
    ['the same name at 1,000 places', `{ ${times(1_000, (i) => `a${i}: thing { name }`)} }`],
  ])('is no trouble for %s', (_what, text) => {
    expect(comparesTooMuch(parse(text))).toBe(false);
  });

  it.each([
    ['one field 450 times', `{ ${times(450, () => 'name')} }`],
    ['one field 450 times in a fragment', `{ ...F } fragment F on T { ${times(450, () => 'name')} }`],
    ['450 fragments side by side', `{ ${times(450, (i) => `...F${i}`)} } ${times(450, (i) => `fragment F${i} on T { name }`)}`],
    ['one field below others of one name', `{ ${times(23, () => `thing { ${times(20, () => 'name')} }`)} }`],
    ['aliases that are one name', `{ ${times(450, (i) => `a: f${i}`)} }`],
    ['one field for each of 450 types', `{ node { ${times(450, (i) => `... on T${i} { name }`)} } }`],
  ])('is too much for %s', (_what, text) => {
    expect(comparesTooMuch(parse(text))).toBe(true);
  });
});
