import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql';
import { createSupergraph } from '../../../../gateway/supergraph/supergraph.ts';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';
import { hideFloats, revealFloats } from '../../../../gateway/planning/float-literals.ts';

const SDL = `
  scalar Decimal
  input Deep { amounts: [Decimal!] }
  type Query { price(of: Decimal, deep: Deep, factor: Float): String }
`;

describe('float literals', () => {
  const schema = buildSchema(SDL);

  it.each(['1e3', '1.0', '-0.10', '1.50E+2'])('%s of a custom scalar comes back as it was written', (literal) => {
    const document = parse(`{ price(of: ${literal}, deep: { amounts: [${literal}] }) }`);

    const hidden = stripIgnoredCharacters(print(hideFloats(document, schema)));

    expect(hidden).not.toMatch(new RegExp(`of:${literal.replaceAll('+', '\\+')}`));
    expect(revealFloats(hidden)).toBe(stripIgnoredCharacters(print(document)));
  });

  it('leaves the Float of the language, and documents without floats, as they are', () => {
    const float = parse('{ price(factor: 1.5) }');
    const none = parse('{ price(of: "1.5") }');

    expect(print(hideFloats(float, schema))).toBe(print(float));
    expect(hideFloats(none, schema)).toBe(none);
  });

  it('reach the subgraph as the client wrote them, through the planner', () => {
    const { sdl } = composeSupergraph([
      {
        name: 'prices',
        routingUrl: 'http://prices.test',
        from: 'test',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") ${SDL}`,
      },
    ]);
    const plan = createSupergraph(sdl).planner.plan(parse('{ price(of: 1e3, deep: { amounts: [2.0] }) }'));

    expect(plan).toMatchObject({ kind: 'Fetch', operation: expect.stringMatching(/of:\s?1e3.*amounts:\s?\[2\.0\]/s) });
  });
});
