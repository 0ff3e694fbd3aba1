import type { Supergraph } from '@apollo/federation-internals';
import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import type { SupergraphTypes } from './executable-plan.ts';
import { mapFetches } from './map-fetches.ts';
import type { PlannedBatchFetch, PlannedFetch, PlannedKeyRenamer, PlannedNode, PlannedSelection, Planner } from './planner.ts';
import type { RequiredCopies } from './required-copies.ts';
import { createRequiresApart } from './requires-apart.ts';

/**
 * The same planner over a supergraph with copies of fields (`copy-required-fields.ts`): in its plans, subgraphs are asked for the fields
 * themselves, under the copies' names, and are sent them under their own. An entity cannot be sent with one field twice, so a fetch whose
 * fields require it with different arguments becomes several.
 */
export function withRequiredCopies(planner: Planner, supergraph: Supergraph, copies: RequiredCopies, types: SupergraphTypes): Planner {
  const { planDeferred } = planner;
  const setApart = createRequiresApart(supergraph, copies, types);
  const named = <F extends PlannedFetch | PlannedBatchFetch>(fetch: F): F => withOwnNames(fetch, copies);
  const apart = (fetch: PlannedFetch | PlannedBatchFetch): PlannedNode => {
    if (fetch.kind === 'BatchFetch') return named(fetch); // which Apollo's planner does not make
    const nodes = setApart(fetch).map(named);
    const [only, more] = nodes;
    if (only && !more) return only;
    if (fetch.id === undefined) return { kind: 'Parallel', nodes };
    // What waits for the fetch waits for its last part.
    return { kind: 'Sequence', nodes: nodes.map((node) => (node === nodes.at(-1) ? node : { ...node, id: undefined })) };
  };
  return {
    plan(document, active) {
      const planned = planner.plan(document, active);
      return planned && mapFetches(planned, named, apart);
    },
    ...(planDeferred && {
      planDeferred(document, active) {
        const planned = planDeferred(document, active);
        return planned && mapFetches(planned, named, apart);
      },
    }),
  };
}

function withOwnNames<F extends PlannedFetch | PlannedBatchFetch>(fetch: F, copies: RequiredCopies): F {
  const operation = mentionsCopy(fetch.operation, copies) ? withOwnFields(fetch.operation, copies) : fetch.operation;
  if (fetch.kind === 'BatchFetch' || !fetch.requires) return operation === fetch.operation ? fetch : { ...fetch, operation };
  const renamers = renamersOf(fetch.requires, [], copies);
  if (renamers.length === 0) return operation === fetch.operation ? fetch : { ...fetch, operation };
  return { ...fetch, operation, inputRewrites: [...renamers, ...(fetch.inputRewrites ?? [])] }; // first: a later one may change a type
}

function mentionsCopy(text: string, copies: RequiredCopies): boolean {
  for (const name of copies.keys()) if (text.includes(name)) return true;
  return false;
}

function withOwnFields(operation: string, copies: RequiredCopies): string {
  const document = visit(parse(operation, { noLocation: true }), {
    Field(node) {
      const copy = copies.get(node.name.value);
      if (!copy) return undefined;
      const own = { kind: Kind.NAME, value: copy.field } as const;
      return { ...node, alias: node.alias ?? node.name, name: own, arguments: [...(node.arguments ?? []), ...copy.arguments] };
    },
  });
  return stripIgnoredCharacters(print(document));
}

/** What is inside comes first: the way to it leads over names that are not changed yet. */
function renamersOf(selections: readonly PlannedSelection[], path: readonly string[], copies: RequiredCopies): PlannedKeyRenamer[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      return renamersOf(selection.selections, typeCondition === undefined ? path : [...path, `... on ${typeCondition}`], copies);
    }
    const here = [...path, selection.alias ?? selection.name];
    const inside = renamersOf(selection.selections ?? [], here, copies);
    const copy = copies.get(selection.name);
    return copy ? [...inside, { kind: 'KeyRenamer', path: here, renameKeyTo: copy.field }] : inside;
  });
}
