import { describe, expect, it } from '@jest/globals';
import { createStatementNames } from '../../../../platform/storage/statement-names.ts';

describe('names for prepared statements', () => {
  it('are given when a text comes the second time, and stay', () => {
    const nameOf = createStatementNames();

    expect(nameOf('select $1')).toBeUndefined();
    expect(nameOf('select $2')).toBeUndefined();
    const name = nameOf('select $1');

    expect(name).toBeDefined();
    expect(nameOf('select $1')).toBe(name);
    expect(nameOf('select $2')).not.toBe(name);
  });

  it('are given to 500 texts at most, so that a program which glues its statements does not fill the server', () => {
    const nameOf = createStatementNames();
    const texts = Array.from({ length: 600 }, (_, index) => `select ${index}, $1`);
    for (const text of texts) nameOf(text);

    const names = texts.map(nameOf).filter((name) => name !== undefined);

    expect(names).toHaveLength(500);
    expect(new Set(names).size).toBe(500);
  });
});
