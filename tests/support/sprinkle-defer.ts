import { Kind, parse, print, visit, type DirectiveNode } from 'graphql';
import type { RandomOperation } from './random-operation.ts';

/** Puts @defer on fragments, and wraps fields into deferred fragments: some with a label, some under a condition. */
export function sprinkleDefer({ query, variables }: RandomOperation, random: () => number): RandomOperation {
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
