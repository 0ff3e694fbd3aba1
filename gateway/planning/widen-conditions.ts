import { Kind, type DirectiveNode, type DocumentNode, type SelectionSetNode } from 'graphql';
import { selectionsOf, toPlace } from './planned-places.ts';
import type { PlannedNode } from './planner.ts';

/** `variable` for "is true", `!variable` for "is false". */
type Conditions = ReadonlySet<string>;

const NONE: Conditions = new Set();

/**
 * Takes away conditions under which a plan fetches less than the operation selects. Apollo's planner puts whatever waits for a conditional
 * fetch below the same condition; when fetches for several fields were joined (they have the same @requires), some of that is wanted
 * without it, and would be missing. What is fetched too much then does not show in the answer.
 * @param operation what was planned, without fragment definitions
 */
export function widenConditions(plan: PlannedNode, operation: DocumentNode): PlannedNode {
  if (!hasCondition(plan)) return plan;
  const [definition] = operation.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return plan;
  const selected = new Places(definition.selectionSet, '', NONE);
  const fetched = new Places();
  noteFetches(plan, '', NONE, fetched);
  const unwanted = new Map<string, Set<string>>();
  for (const [place, wishes] of selected.byPlace) {
    const offers = fetched.byPlace.get(place) ?? [];
    for (const wish of wishes) {
      if (offers.length === 0 || offers.some((offer) => isSubset(offer, wish))) continue;
      const tooNarrow = unwanted.get(place) ?? new Set();
      unwanted.set(place, tooNarrow);
      for (const condition of offers.flatMap((offer) => [...offer])) if (!wish.has(condition)) tooNarrow.add(condition);
    }
  }
  return unwanted.size === 0 ? plan : withoutConditions(plan, '', unwanted);
}

/** Names with the way to them → each set of conditions that they stand under. */
class Places {
  readonly byPlace = new Map<string, Conditions[]>();

  constructor(selectionSet?: SelectionSetNode, path = '', conditions = NONE) {
    if (selectionSet) this.note(selectionSet, path, conditions);
  }

  note({ selections }: SelectionSetNode, path: string, conditions: Conditions): void {
    for (const selection of selections) {
      const own = withDirectives(conditions, selection.directives);
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.note(selection.selectionSet, path, own);
        continue;
      }
      const place = `${path}.${selection.alias?.value ?? selection.name.value}`;
      const known = this.byPlace.get(place);
      if (known) known.push(own);
      else this.byPlace.set(place, [own]);
      if (selection.selectionSet) this.note(selection.selectionSet, place, own);
    }
  }
}

function noteFetches(node: PlannedNode, path: string, conditions: Conditions, places: Places): void {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) noteFetches(child, path, conditions, places);
      return;
    case 'Flatten':
      return noteFetches(node.node, path + toPlace(node.path), conditions, places);
    case 'Condition':
      if (node.ifClause) noteFetches(node.ifClause, path, new Set([...conditions, node.condition]), places);
      if (node.elseClause) noteFetches(node.elseClause, path, new Set([...conditions, `!${node.condition}`]), places);
      return;
    case 'Fetch':
      for (const set of selectionsOf(node)) places.note(set, path, conditions);
      return;
    case 'BatchFetch': // its parts stand at several places
      for (const { alias, paths } of node.entities)
        for (const set of selectionsOf(node, alias)) for (const part of paths) places.note(set, path + toPlace(part), conditions);
  }
}

function withDirectives(conditions: Conditions, directives: readonly DirectiveNode[] = []): Conditions {
  const own = directives.flatMap(({ name, arguments: given }) => {
    const value = given?.[0]?.value;
    if (value?.kind !== Kind.VARIABLE || !['skip', 'include'].includes(name.value)) return [];
    return [name.value === 'skip' ? `!${value.name.value}` : value.name.value];
  });
  return own.length === 0 ? conditions : new Set([...conditions, ...own]);
}

function hasCondition(node: PlannedNode): boolean {
  if (node.kind === 'Condition') return true;
  if (node.kind === 'Flatten') return hasCondition(node.node);
  return (node.kind === 'Sequence' || node.kind === 'Parallel') && node.nodes.some(hasCondition);
}

function isSubset(one: Conditions, other: Conditions): boolean {
  for (const condition of one) if (!other.has(condition)) return false;
  return true;
}

/** Without the Condition nodes that stand around a fetch of one of the places. */
function withoutConditions(node: PlannedNode, path: string, unwanted: ReadonlyMap<string, ReadonlySet<string>>): PlannedNode {
  const inside = (child: PlannedNode | undefined): PlannedNode | undefined => child && withoutConditions(child, path, unwanted);
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => withoutConditions(child, path, unwanted)) };
    case 'Flatten':
      return { ...node, node: withoutConditions(node.node, path + toPlace(node.path), unwanted) };
    case 'Condition': {
      const [ifClause, elseClause] = [inside(node.ifClause), inside(node.elseClause)];
      const isNarrow = (clause: PlannedNode | undefined, condition: string): boolean =>
        clause !== undefined && [...placesIn(clause, path)].some((place) => unwanted.get(place)?.has(condition));
      if (!isNarrow(ifClause, node.condition) && !isNarrow(elseClause, `!${node.condition}`)) return { ...node, ifClause, elseClause };
      return { kind: 'Sequence', nodes: [ifClause, elseClause].flatMap((clause) => clause ?? []) };
    }
    case 'Fetch':
    case 'BatchFetch':
      return node;
  }
}

function placesIn(node: PlannedNode, path: string): Iterable<string> {
  const places = new Places();
  noteFetches(node, path, NONE, places);
  return places.byPlace.keys();
}
