import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql';
import { createSupergraph } from '../../../../gateway/supergraph/supergraph.ts';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';
import { PLANNERS, type PlannedFetch } from '../../../../gateway/planning/planner.ts';
import { hideNumbers, revealNumbers } from '../../../../gateway/planning/number-literals.ts';

const SDL = `
  scalar Decimal
  input Deep { amounts: [Decimal!] }
  type Query { price(of: Decimal, deep: Deep, factor: Float): String }
`;

describe('number literals', () => {
  const schema = buildSchema(SDL);

  it.each(['1e3', '1.0', '-0.10', '1.50E+2', '12345678901234567890', '-9007199254740993', '-0'])(
    '%s of a custom scalar comes back as it was written',
    (literal) => {
      const document = parse(`{ price(of: ${literal}, deep: { amounts: [${literal}, { a: [${literal}] }] }) }`);

      const hidden = stripIgnoredCharacters(print(hideNumbers(document, schema)));

      expect(hidden).not.toMatch(new RegExp(`of:${literal.replaceAll('+', '\\+')}`));
      expect(revealNumbers(hidden)).toBe(stripIgnoredCharacters(print(document)));
    },
  );

  it('leaves the Float of the language, and documents without such numbers, as they are', () => {
    const float = parse('{ price(factor: 1.5) }');
    const none = parse('{ price(of: "1.5", deep: { amounts: [7] }) }');

    expect(print(hideNumbers(float, schema))).toBe(print(float));
    expect(hideNumbers(none, schema)).toBe(none);
  });

  it.each(PLANNERS)('reach the subgraph as the client wrote them, through the planner of %s', (planner) => {
    const { sdl } = composeSupergraph([
      {
        name: 'prices',
        routingUrl: 'http://prices.test',
        from: 'test',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") ${SDL}`,
      },
    ]);
    const plan = createSupergraph(sdl, { planner }).planner.plan(
      parse('{ price(of: 1e3, deep: { amounts: [2.0, 12345678901234567890] }) }'),
    );

    const { operation } = plan as PlannedFetch;
    expect(operation).toMatch(/of:\s?1e3/);
    expect(operation).toMatch(/amounts:\s?\[2\.0,? ?12345678901234567890\]/);
  });
});
