import type { EntityInputs, InputField, InputSelection, SupergraphTypes } from './executable-plan.ts';
import { parseSelection } from './parse-selection.ts';
import type { PlannedSelection } from './planner.ts';

/**
 * Works out, once for each type, what of an entity is sent to a subgraph. When a planner joins two fetches for an interface into one, it
 * may ask for objects of a type without any of its keys: those were not meant, and the subgraph could not find them.
 */
export function compileInputs(requires: readonly PlannedSelection[], subgraph: string, types: SupergraphTypes): EntityInputs['of'] {
  const selection = compileSelection(requires, types);
  const known = new Map<string, ReturnType<EntityInputs['of']>>();
  return (typeName) => {
    if (known.has(typeName)) return known.get(typeName);
    const fields = mergeFields(fieldsFor(typeName, selection));
    const keys = types.keysOf(subgraph, typeName).map((key) => compileSelection(parseSelection(key), types).fields);
    const isWanted = fields.length > 0 && (keys.length === 0 || keys.some((key) => covers(fields, key)));
    const inputs = isWanted ? { fields, onlyKey: onlyKeyOf(fields), keys } : undefined;
    if (types.subtypesOf(typeName)) known.set(typeName, inputs); // not what a subgraph makes up
    return inputs;
  };
}

/** An object without its `__typename` among the inputs is told apart by all that it sends. */
function onlyKeyOf(fields: readonly InputField[]): string | undefined {
  const [one, two, more] = fields;
  if (!one || !two || more || one.selection || two.selection) return undefined;
  if (one.key === '__typename') return two.key;
  return two.key === '__typename' ? one.key : undefined;
}

/** The type and everything below it; a type that the supergraph does not know stands for itself. */
export function subtypes(type: string, types: SupergraphTypes): ReadonlySet<string> {
  return types.subtypesOf(type) ?? new Set([type]);
}

function compileSelection(selections: readonly PlannedSelection[], types: SupergraphTypes): InputSelection {
  const fields: InputField[] = [];
  const fragments: InputSelection['fragments'][number][] = [];
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const { alias, name, selections: nested } = selection;
      fields.push({ key: alias ?? name, selection: nested?.length ? compileSelection(nested, types) : undefined });
      continue;
    }
    const inner = compileSelection(selection.selections, types);
    if (selection.typeCondition !== undefined) fragments.push({ types: subtypes(selection.typeCondition, types), selection: inner });
    else {
      fields.push(...inner.fields);
      fragments.push(...inner.fragments);
    }
  }
  return { fields, fragments, isObjectType: (name) => types.isObjectType(name) };
}

function fieldsFor(typeName: string, { fields, fragments }: InputSelection): InputField[] {
  return [...fields, ...fragments.flatMap((fragment) => (fragment.types.has(typeName) ? fieldsFor(typeName, fragment.selection) : []))];
}

function mergeFields(fields: readonly InputField[]): InputField[] {
  const merged = new Map<string, InputField>();
  for (const field of fields) {
    const other = merged.get(field.key);
    merged.set(
      field.key,
      other?.selection && field.selection ? { key: field.key, selection: join(other.selection, field.selection) } : field,
    );
  }
  return [...merged.values()];
}

function join(one: InputSelection, other: InputSelection): InputSelection {
  return {
    fields: mergeFields([...one.fields, ...other.fields]),
    fragments: [...one.fragments, ...other.fragments],
    isObjectType: one.isObjectType,
  };
}

function covers(fields: readonly InputField[], key: readonly InputField[]): boolean {
  return key.every((wanted) => {
    const field = fields.find((candidate) => candidate.key === wanted.key);
    return field !== undefined && (!wanted.selection || covers(field.selection?.fields ?? [], wanted.selection.fields));
  });
}
