import type { FieldDefinition, ObjectType, Supergraph } from '@apollo/federation-internals';
import { Kind, type SelectionNode } from 'graphql';
import { subtypes } from './compile-inputs.ts';
import type { SupergraphTypes } from './executable-plan.ts';
import { parseSelection } from './parse-selection.ts';
import { partOfFetch } from './part-of-fetch.ts';
import { selectionsOf } from './planned-places.ts';
import { PlannerGaveUp, type PlannedFetch, type PlannedSelection } from './planner.ts';
import type { RequiredCopies } from './required-copies.ts';

type PlannedField = Extract<PlannedSelection, { kind: 'Field' }>;

/** A field of an object, and the types that the object may have; undefined: any. */
interface TypedField {
  readonly field: PlannedField;
  readonly types: ReadonlySet<string> | undefined;
}

/** Fields of entities that can be asked for together. */
interface Group {
  readonly needs: readonly PlannedSelection[];
  /** `Type.field`, of the type that the fetch selects it of. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Divides fetches that send one field of an entity with different arguments: each part asks for fields that need the same, and sends no more
 * copies than those need.
 * @param supergraph with copies
 * @returns throws PlannerGaveUp for a fetch one of whose fields needs both
 */
export function createRequiresApart(
  supergraph: Supergraph,
  copies: RequiredCopies,
  types: SupergraphTypes,
): (fetch: PlannedFetch) => PlannedFetch[] {
  const needsBySubgraph = readNeeds(supergraph);
  const ownNames = new Set([...copies.values()].map(({ field }) => field));
  const ownNameOf = ({ name }: PlannedField): string => copies.get(name)?.field ?? name;
  const isContested = (field: PlannedField): boolean => ownNames.has(ownNameOf(field));

  return (fetch) => {
    const { requires } = fetch;
    if (!requires || !hasConflict(requires)) return [fetch];
    const groups = groupsOf(fetch);
    return groups.map(({ needs, fields }, index) => {
      const part = partOfFetch(fetch, (field, type) => {
        const key = `${type}.${field}`;
        return fields.has(key) || (index === 0 && !groups.some((group) => group.fields.has(key))); // what needs neither goes first
      });
      const sent = onlyNeeded(requires, needs, undefined);
      if (part && !hasConflict(sent)) return { ...part, requires: sent };
      throw new PlannerGaveUp(`subgraph ${fetch.serviceName} would have to be sent one field with different arguments at once`);
    });
  };

  function groupsOf(fetch: PlannedFetch): Group[] {
    const needsByField = needsBySubgraph.get(fetch.serviceName);
    const groups: Group[] = [];
    const look = (selections: readonly SelectionNode[], type: string): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet.selections, selection.typeCondition?.name.value ?? type);
        if (selection.kind !== Kind.FIELD) continue;
        const needs = [...subtypes(type, types)].flatMap((typeCondition): PlannedSelection[] => {
          const needed = needsByField?.get(`${typeCondition}.${selection.name.value}`);
          return needed ? [{ kind: 'InlineFragment', typeCondition, selections: needed }] : [];
        });
        if (needs.some(mentionsContested)) add(groups, `${type}.${selection.name.value}`, needs);
      }
    };
    for (const set of selectionsOf(fetch)) look(set.selections, '');
    return groups;
  }

  function add(groups: Group[], field: string, needs: readonly PlannedSelection[]): void {
    const index = groups.findIndex((group) => !hasConflict([...group.needs, ...needs]));
    const group = groups[index];
    if (group) groups[index] = { needs: [...group.needs, ...needs], fields: new Set([...group.fields, field]) };
    else groups.push({ needs, fields: new Set([field]) });
  }

  function mentionsContested(selection: PlannedSelection): boolean {
    return (selection.kind === 'Field' && isContested(selection)) || (selection.selections ?? []).some(mentionsContested);
  }

  /** True when some object would be sent with one field twice. */
  function hasConflict(selections: readonly PlannedSelection[]): boolean {
    const fields = fieldsIn(selections, undefined);
    return fields.some(({ field, types: possible }, index) => {
      const same = fields.slice(index + 1).filter((other) => ownNameOf(other.field) === ownNameOf(field) && overlap(possible, other.types));
      if (same.some((other) => other.field.name !== field.name)) return true;
      return hasConflict([field, ...same.map((other) => other.field)].flatMap((one) => one.selections ?? []));
    });
  }

  function onlyNeeded(
    selections: readonly PlannedSelection[],
    needs: readonly PlannedSelection[],
    possible: ReadonlySet<string> | undefined,
  ): PlannedSelection[] {
    return selections.flatMap((selection): PlannedSelection[] => {
      const isFragment = selection.kind === 'InlineFragment';
      const wanted = isFragment
        ? []
        : fieldsIn(needs, undefined).filter((need) => ownNameOf(need.field) === ownNameOf(selection) && overlap(need.types, possible));
      if (!isFragment && isContested(selection)) {
        if (wanted.length === 0 ? copies.has(selection.name) : !wanted.some(({ field }) => field.name === selection.name)) return [];
      }
      if (!selection.selections?.length) return [selection];
      const inner = isFragment
        ? onlyNeeded(selection.selections, needs, narrowed(possible, selection.typeCondition))
        : onlyNeeded(
            selection.selections,
            wanted.flatMap(({ field }) => field.selections ?? []),
            undefined,
          );
      return inner.length === 0 ? [] : [{ ...selection, selections: inner }];
    });
  }

  function fieldsIn(selections: readonly PlannedSelection[], possible: ReadonlySet<string> | undefined): TypedField[] {
    return selections.flatMap((selection) =>
      selection.kind === 'Field'
        ? [{ field: selection, types: possible }]
        : fieldsIn(selection.selections, narrowed(possible, selection.typeCondition)),
    );
  }

  function narrowed(possible: ReadonlySet<string> | undefined, type: string | undefined): ReadonlySet<string> | undefined {
    if (type === undefined) return possible;
    const all = subtypes(type, types);
    return possible ? new Set([...all].filter((one) => possible.has(one))) : all;
  }
}

/** Subgraph → `Type.field` → what its @requires selects. */
function readNeeds(supergraph: Supergraph): ReadonlyMap<string, ReadonlyMap<string, readonly PlannedSelection[]>> {
  const needs = new Map<string, ReadonlyMap<string, readonly PlannedSelection[]>>();
  for (const subgraph of supergraph.subgraphs()) {
    const byField = new Map<string, readonly PlannedSelection[]>();
    for (const application of subgraph.metadata().requiresDirective().applications()) {
      const field = application.parent as FieldDefinition<ObjectType>;
      const key = `${field.parent.name}.${field.name}`;
      byField.set(key, [...(byField.get(key) ?? []), ...parseSelection(application.arguments().fields as string)]);
    }
    needs.set(subgraph.name, byField);
  }
  return needs;
}

function overlap(one: ReadonlySet<string> | undefined, other: ReadonlySet<string> | undefined): boolean {
  if (!one || !other) return true;
  for (const type of one) if (other.has(type)) return true;
  return false;
}
