import type { Supergraph } from '@apollo/federation-internals';
import { Kind, type SelectionSetNode } from 'graphql';
import { partOfFetch } from './part-of-fetch.ts';
import { selectionsOf, toPlace } from './planned-places.ts';
import type { PlannedFetch, PlannedNode, PlannedSelection } from './planner.ts';
import { readRequirements, type Requirements } from './requirements.ts';

/** Most fetches that are moved; a plan that needs more is left as it is. */
const MAX_MOVES = 20;

/**
 * Moves fields behind the fetch that has their inputs. Where two subgraphs each need what the other has, Apollo's planner may join a field
 * with an earlier fetch from its subgraph; the input is not there then, the subgraph computes the field without it, and nobody can tell.
 * @returns for each plan of this supergraph one in which no input comes later than the field that needs it
 */
export function createLateInputsMend(supergraph: Supergraph): (plan: PlannedNode) => PlannedNode {
  const requirements = readRequirements(supergraph);
  return (plan) => {
    if (!sendsInputs(plan, requirements)) return plan; // most plans, and texts need not be parsed for them
    let mended = plan;
    for (let moves = 0; moves < MAX_MOVES; moves += 1) {
      const late = findLate(mended);
      if (!late) return mended;
      mended = moveToTheEnd(mended, late, requirements);
    }
    return plan;
  };
}

/** A fetch that is begun before something that it sends is there. */
interface Late {
  readonly fetch: PlannedFetch;
  /** What it lacks, from its entities on: `.name.name`. */
  readonly lacks: ReadonlySet<string>;
  /** Puts a fetch in the nodes that this one stands in. */
  readonly wrap: (node: PlannedNode) => PlannedNode;
}

function sendsInputs(plan: PlannedNode, { names }: Requirements): boolean {
  if (names.size === 0) return false;
  let sends = false;
  const look = (selection: PlannedSelection): void => {
    if (selection.kind === 'InlineFragment') selection.selections.forEach(look);
    else if (names.has(selection.name)) sends = true;
  };
  forEachFetch(plan, '', ({ requires = [] }) => requires.forEach(look));
  return sends;
}

/** @returns the first in the order of the plan */
function findLate(plan: PlannedNode): Late | undefined {
  const owners = new Map<string, Set<PlannedFetch>>();
  forEachFetch(plan, '', (fetch, path) => {
    for (const place of placesOf(fetch, path)) owners.set(place, (owners.get(place) ?? new Set()).add(fetch));
  });
  let found: Late | undefined;
  const look = (node: PlannedNode, path: string, before: ReadonlySet<PlannedFetch>, wrap: Late['wrap']): PlannedFetch[] => {
    switch (node.kind) {
      case 'Sequence': {
        const over: PlannedFetch[] = [];
        for (const child of node.nodes) over.push(...look(child, path, new Set([...before, ...over]), wrap));
        return over;
      }
      case 'Parallel':
        return node.nodes.flatMap((child) => look(child, path, before, wrap));
      case 'Flatten':
        return look(node.node, path + toPlace(node.path), before, (child) => wrap({ ...node, node: child }));
      case 'Condition': {
        const { kind, condition, ifClause, elseClause } = node;
        return [
          ...(ifClause ? look(ifClause, path, before, (child) => wrap({ kind, condition, ifClause: child })) : []),
          ...(elseClause ? look(elseClause, path, before, (child) => wrap({ kind, condition, elseClause: child })) : []),
        ];
      }
      case 'Fetch': {
        const lacks = leavesOf(node.requires ?? [], '').filter((leaf) => {
          const from = [...(owners.get(path + leaf) ?? [])].filter((other) => other !== node);
          return from.length > 0 && !from.some((other) => before.has(other));
        });
        if (lacks.length > 0) found ??= { fetch: node, lacks: new Set(lacks), wrap };
        return [node];
      }
      case 'BatchFetch':
        return [];
    }
  };
  look(plan, '', new Set(), (node) => node);
  return found;
}

function forEachFetch(node: PlannedNode, path: string, tell: (fetch: PlannedFetch, path: string) => void): void {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) forEachFetch(child, path, tell);
      return;
    case 'Flatten':
      return forEachFetch(node.node, path + toPlace(node.path), tell);
    case 'Condition':
      for (const child of [node.ifClause, node.elseClause]) if (child) forEachFetch(child, path, tell);
      return;
    case 'Fetch':
      return tell(node, path);
    case 'BatchFetch':
      return;
  }
}

function placesOf(fetch: PlannedFetch, path: string): string[] {
  const places: string[] = [];
  const note = ({ selections }: SelectionSetNode, at: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      const place = selection.kind === Kind.FIELD ? `${at}.${selection.alias?.value ?? selection.name.value}` : at;
      if (selection.selectionSet) note(selection.selectionSet, place);
      else places.push(place);
    }
  };
  for (const set of selectionsOf(fetch)) note(set, path);
  return places;
}

function leavesOf(selections: readonly PlannedSelection[], path: string): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') return leavesOf(selection.selections, path);
    const place = `${path}.${selection.alias ?? selection.name}`;
    return selection.selections ? leavesOf(selection.selections, place) : selection.name === '__typename' ? [] : [place];
  });
}

/** All fields that need what is lacking, or the whole fetch when it lacks a key. */
function moveToTheEnd(plan: PlannedNode, { fetch, lacks, wrap }: Late, { bySubgraph }: Requirements): PlannedNode {
  const needing = new Set(
    [...(bySubgraph.get(fetch.serviceName) ?? [])].flatMap(([field, leaves]) => (leaves.some((leaf) => lacks.has(leaf)) ? [field] : [])),
  );
  const moved = partOfFetch(fetch, (field) => needing.has(field) || field === '__typename');
  const early = moved && partOfFetch({ ...fetch, requires: without(fetch.requires ?? [], '', lacks) }, (field) => !needing.has(field));
  return { kind: 'Sequence', nodes: [replaceFetch(plan, fetch, early), wrap(moved ?? fetch)] };
}

function without(selections: readonly PlannedSelection[], path: string, lacks: ReadonlySet<string>): PlannedSelection[] {
  return selections.flatMap((selection): PlannedSelection[] => {
    const place = selection.kind === 'Field' ? `${path}.${selection.alias ?? selection.name}` : path;
    if (!selection.selections) return lacks.has(place) ? [] : [selection];
    const inner = without(selection.selections, place, lacks);
    return inner.length === 0 ? [] : [{ ...selection, selections: inner }];
  });
}

function replaceFetch(node: PlannedNode, fetch: PlannedFetch, by: PlannedFetch | undefined): PlannedNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => replaceFetch(child, fetch, by)) };
    case 'Flatten':
      return { ...node, node: replaceFetch(node.node, fetch, by) };
    case 'Condition': {
      const [ifClause, elseClause] = [node.ifClause, node.elseClause].map((child) => child && replaceFetch(child, fetch, by));
      return { ...node, ifClause, elseClause };
    }
    case 'Fetch':
      return node === fetch ? (by ?? { kind: 'Sequence', nodes: [] }) : node;
    case 'BatchFetch':
      return node;
  }
}
