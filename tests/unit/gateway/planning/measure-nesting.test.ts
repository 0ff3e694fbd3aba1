import { describe, expect, it } from '@jest/globals';
import { measureNesting } from '../../../../gateway/planning/measure-nesting.ts';

describe('the nesting of a document', () => {
  it.each([
    ['', 0],
    ['{ a }', 1],
    ['{ a(b: [{c: 1}]) { d } }', 4],
    ['} } {', 0],
    ['{ a(b: "{{{{ \\" {{{") }', 2],
    ['{ # {{{{\n a { b } }', 2],
    ['{ # {{{{\r a { b } }', 2],
    ['{ a(b: """ {{{ \\""" {{{ """) { c } }', 2],
    ['{ a(b: "not closed {{{', 2],
    ['{ a(b: """not closed {{{', 2],
    ['{ a(b: "line\n{', 3],
    ['{ a(b: "") { c(d: """""") } }', 3],
  ])('of %j is %i', (text, depth) => {
    expect(measureNesting(text)).toBe(depth);
  });

  it('is measured in time that grows with the length alone', () => {
    const text = '#{\n'.repeat(300_000) + '"'.repeat(100_001);
    const before = process.cpuUsage();

    expect(measureNesting(text)).toBe(0);

    expect(process.cpuUsage(before).user / 1000).toBeLessThan(300);
  });
});
