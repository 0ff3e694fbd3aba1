import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';

/** Two fields, or two fragments, that are looked at together. A name 440 times at one place is that many; an operation that somebody means has a few thousand. */
const MOST_COMPARISONS = 100_000;

/**
 * Whether validation would have to look at too many pairs: fields of one name at one place may not contradict each other, so each is compared with each, and
 * what is selected below them again. graphql-js gives up by itself, after some hundred milliseconds; counting takes a few. What stands in fragments is
 * counted there only, so graphql-js still has the last word.
 */
export function comparesTooMuch(document: DocumentNode): boolean {
  let left = MOST_COMPARISONS;
  const count = (sets: readonly SelectionSetNode[]): void => {
    const fields = new Map<string, { times: number; readonly sets: SelectionSetNode[] }>();
    const spreads = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) spreads.add(selection.name.value);
        else {
          const name = (selection.alias ?? selection.name).value;
          let field = fields.get(name);
          if (!field) fields.set(name, (field = { times: 0, sets: [] }));
          field.times += 1;
          if (selection.selectionSet) field.sets.push(selection.selectionSet);
        }
      }
    };
    sets.forEach(collect);
    left -= pairsOf(spreads.size);
    for (const { times, sets: below } of fields.values()) {
      left -= pairsOf(times);
      if (left < 0) return;
      if (below.length > 0) count(below);
    }
  };
  for (const definition of document.definitions)
    if ('selectionSet' in definition && definition.selectionSet) count([definition.selectionSet]);
  return left < 0;
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}
