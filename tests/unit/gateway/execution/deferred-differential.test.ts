import { Kind, parse, print, validate, visit, type DirectiveNode } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { createSeededRandom } from '../../../../gateway/testing/seeded-random.ts';
import { callContext, createFederatedGraph, createMonolith, type Fixture } from '../../../support/federated-graph.ts';
import { nullsByError } from '../../../support/differential/compare-answers.ts';
import { media } from '../../../support/fixtures/media.ts';
import { office } from '../../../support/fixtures/office.ts';
import { shop } from '../../../support/fixtures/shop.ts';
import { mergeParts, sorted } from '../../../support/merge-parts.ts';
import { randomOperation, type RandomOperation } from '../../../support/random-operation.ts';

const OPERATIONS = 60; // for each fixture; about two of three are valid
/** Fields whose errors federation cannot tell as one schema would: an input that fails is reported although nobody selected it. */
const leftOut = new Set(['User.email', 'User.greeting', 'Query.brokenStrict']);

/** Puts @defer on fragments, and wraps fields into deferred fragments: some with a label, some under a condition. */
function sprinkle({ query, variables }: RandomOperation, random: () => number): RandomOperation {
  let labels = 0;
  const conditions = new Map<string, boolean>();
  const chance = (probability: number): boolean => random() < probability;
  const defer = (): DirectiveNode => {
    const args: string[] = [];
    if (chance(0.5)) args.push(`label: "L${(labels += 1)}"`);
    if (chance(0.2)) args.push(`if: ${chance(0.5)}`);
    else if (chance(0.3)) {
      const name = `defer${conditions.size}`;
      conditions.set(name, chance(0.5));
      args.push(`if: $${name}`);
    }
    const { definitions } = parse(`{ ... @defer${args.length > 0 ? `(${args.join(', ')})` : ''} { a } }`, { noLocation: true });
    const [definition] = definitions;
    const directive = definition?.kind === Kind.OPERATION_DEFINITION && definition.selectionSet.selections[0]?.directives?.[0];
    if (!directive) throw new Error('no directive');
    return directive;
  };
  const document = visit(parse(query, { noLocation: true }), {
    SelectionSet: {
      leave: (set) => ({
        ...set,
        selections: set.selections.map((selection) => {
          if (selection.kind !== Kind.FIELD)
            return chance(0.6) ? { ...selection, directives: [...(selection.directives ?? []), defer()] } : selection;
          if (!chance(0.25)) return selection;
          return { kind: Kind.INLINE_FRAGMENT, directives: [defer()], selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] } };
        }),
      }),
    },
  });
  let text = print(document);
  const declared = [...conditions.keys()].map((name) => `$${name}: Boolean!`).join(', ');
  if (declared !== '')
    text = text.replace(/^query Q(\(|)/, (_all, open: string) => (open ? `query Q(${declared}, ` : `query Q(${declared})`));
  return { query: text, variables: { ...variables, ...Object.fromEntries(conditions) } };
}

describe.each([shop, media, office].map((fixture: Fixture) => ({ name: fixture.name, fixture })))(
  'operations drawn at random with @defer over $name',
  ({ fixture }) => {
    it('come in parts that together are what one schema answers without @defer', async () => {
      const graph = createFederatedGraph(fixture.subgraphs);
      const monolith = createMonolith(graph.supergraph, fixture.rootValue);
      let parts = 0;
      for (let seed = 1; seed <= OPERATIONS; seed += 1) {
        const { next } = createSeededRandom(seed);
        const operation = sprinkle(randomOperation(graph.supergraph.schema, next, leftOut), next);
        if (validate(graph.supergraph.schema, parse(operation.query)).length > 0) continue;
        const prepared = graph.engine.prepare(operation);
        if ('refusal' in prepared) throw new Error(`${seed}: ${JSON.stringify(prepared.refusal)} ${operation.query}`);
        const expected = await monolith(operation);
        try {
          const merged = await mergeParts(await graph.engine.executeIncrementally(prepared.operation, operation.variables, callContext()));
          parts += merged.updates.reduce((sum, { delivered }) => sum + delivered.length, 0);
          if (merged.failed.length > 0) {
            expect(expected.errors?.length).toBeGreaterThan(0);
            continue;
          }
          expect({ data: sorted(merged.data), nulls: nullsByError(merged) }).toEqual({
            data: sorted(expected.data),
            nulls: nullsByError(expected),
          });
        } catch (error) {
          throw new Error(`seed ${seed}: ${operation.query}\n${JSON.stringify(operation.variables)}`, { cause: error });
        }
      }
      expect(parts).toBeGreaterThan(50);
    });
  },
);
