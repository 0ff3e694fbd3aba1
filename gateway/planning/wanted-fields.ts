import { Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql';
import type { FetchNode, InputField, InputSelection, PathStep, SupergraphTypes } from './executable-plan.ts';
import { selectedNames, type SelectedNames } from './selected-names.ts';

const ALL: SelectedNames = { has: () => true, below: () => ALL };

export interface PlannedOperation {
  readonly operation: OperationDefinitionNode;
  readonly types: SupergraphTypes;
  /** All of the plan: one may want what another brings. */
  readonly fetches: readonly FetchNode[];
}

/**
 * What is wanted of the objects that a fetch is for: by the client, under whatever condition, and by other fetches as their inputs. Names are
 * the plan's. Below the objects themselves types are not told apart: a name that is wanted of one is wanted of all.
 */
export function wantedFields(fetch: FetchNode, typeName: string, { operation, types, fetches }: PlannedOperation): SelectedNames {
  const place = namesIn(fetch.path);
  const selected = place.reduce<readonly (readonly SelectionNode[])[]>(
    (sets, name) => sets.flatMap((set) => setsBelow(set, name)),
    [operation.selectionSet.selections],
  );
  const isMeant = (type: string): boolean => type === typeName || types.subtypesOf(type)?.has(typeName) === true;
  const others = fetches.filter((other) => other !== fetch);
  const wanted = joined([
    selectedNames(
      selected.map((set) => onType(set, isMeant)),
      new Map(),
    ),
    ...others.flatMap((other) => inputsFrom(other, place, typeName)),
  ]);
  // What fetches for objects further down need is there, if those objects are wanted at all.
  const askedFurther = new Set(others.flatMap((other) => placesOf(other).flatMap((names) => nextName(names, place) ?? [])));
  return { has: (name) => wanted.has(name), below: (name) => (askedFurther.has(name) ? ALL : wanted.below(name)) };
}

/** What a fetch wants to know of objects of a type at a place. */
function inputsFrom(fetch: FetchNode, place: readonly string[], typeName: string): SelectedNames[] {
  const { entities } = fetch;
  if (!entities) return [];
  return placesOf(fetch).flatMap((names) => {
    if (!isPrefix(names, place)) return [];
    if (names.length === place.length) return [ofInputs(entities.of(typeName)?.fields ?? [])];
    // It is for objects further up, and its inputs may go down to here.
    const all = ofInputs(entities.conditions.flatMap((type) => entities.of(type)?.fields ?? []));
    return [place.slice(names.length).reduce((inputs, name) => inputs.below(name), all)];
  });
}

function placesOf({ path, otherPaths = [] }: FetchNode): string[][] {
  return [path, ...otherPaths].map(namesIn);
}

function nextName(names: readonly string[], place: readonly string[]): string | undefined {
  return isPrefix(place, names) ? names[place.length] : undefined;
}

function isPrefix(prefix: readonly string[], names: readonly string[]): boolean {
  return prefix.every((name, index) => name === names[index]);
}

function ofInputs(fields: readonly InputField[]): SelectedNames {
  return {
    has: (name) => fields.some(({ key }) => key === name),
    below: (name) => ofInputs(fields.flatMap(({ key, selection }) => (key === name && selection ? fieldsIn(selection) : []))),
  };
}

function fieldsIn({ fields, fragments }: InputSelection): InputField[] {
  return [...fields, ...fragments.flatMap(({ selection }) => fieldsIn(selection))];
}

function joined(parts: readonly SelectedNames[]): SelectedNames {
  return {
    has: (name) => parts.some((part) => part.has(name)),
    below: (name) => joined(parts.filter((part) => part.has(name)).map((part) => part.below(name))),
  };
}

function setsBelow(selections: readonly SelectionNode[], name: string): (readonly SelectionNode[])[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return setsBelow(selection.selectionSet.selections, name);
    if (selection.kind !== Kind.FIELD || (selection.alias?.value ?? selection.name.value) !== name) return [];
    return selection.selectionSet ? [selection.selectionSet.selections] : [];
  });
}

/** Without the fragments on other types. */
function onType(selections: readonly SelectionNode[], isMeant: (type: string) => boolean): SelectionNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
    const type = selection.typeCondition?.name.value;
    return type === undefined || isMeant(type) ? onType(selection.selectionSet.selections, isMeant) : [];
  });
}

function namesIn(path: readonly PathStep[]): string[] {
  return path.flatMap((step) => (step.kind === 'key' ? [step.key] : []));
}
