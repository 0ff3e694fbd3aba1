import type { EntityInputs, InputField, InputSelection, TypeInputs } from '../planning/executable-plan.ts';
import { isData, ownValue, type Data } from './merge.ts';
import { applyRewrites } from './rewrites.ts';

/** The distinct entities of one fetch and, for each, the objects that wait for its answer. */
export interface Representations {
  readonly values: readonly Data[];
  readonly targets: readonly (readonly Data[])[];
  /** Objects that the fetch is meant for and that cannot be asked for, because an input of theirs is missing. */
  readonly incomplete: readonly Data[];
}

/**
 * Makes the `representations` of an `_entities` fetch. Equal ones are sent once; the order is that of the first of each.
 * @param hasFailed whether an error explains that an object lacks an input. Such an object is left out: what is computed of half its inputs would be
 *   wrong. Without an error the plan itself fetched the input for some types only, so the object is sent without it.
 */
export function toRepresentations(
  objects: readonly Data[],
  inputs: EntityInputs,
  hasFailed: (object: Data, key: string) => boolean,
): Representations {
  const values: Data[] = [];
  const targets: Data[][] = [];
  const incomplete: Data[] = [];
  const indexes = new Map<string, number>();
  /** Where entities have one plain key, as most do: by type, and by the key's value. */
  const indexesByKey = new Map<unknown, Map<string | number, number>>();
  let typeName: unknown;
  let wanted: TypeInputs | undefined;
  let known: Map<string | number, number> | undefined;
  for (const object of objects) {
    if (object['__typename'] !== typeName || wanted === undefined) {
      typeName = object['__typename'];
      wanted = typeof typeName === 'string' ? inputs.of(typeName) : undefined;
      known = indexesByKey.get(typeName);
      if (!known && objects.length > 1) indexesByKey.set(typeName, (known = new Map()));
    }
    if (!wanted) continue;
    // In a long list most were seen before: these are found before anything is made of them. (A rewrite may make different ones equal.)
    const { onlyKey } = wanted;
    const plainKey = onlyKey === undefined || inputs.rewrites.length > 0 ? undefined : plainValue(object[onlyKey]);
    const seen = plainKey === undefined ? undefined : known?.get(plainKey);
    if (seen !== undefined) {
      targets[seen]?.push(object);
      continue;
    }
    const representation = copyFields(object, wanted.fields) ?? copyPresent(object, wanted, hasFailed);
    if (!representation) {
      incomplete.push(object);
      continue;
    }
    applyRewrites(inputs.rewrites, representation);
    if (objects.length === 1) return { values: [representation], targets: [[object]], incomplete };
    if (plainKey !== undefined) known?.set(plainKey, values.length);
    else {
      const identity = identityOf(representation);
      const index = indexes.get(identity);
      if (index !== undefined) {
        targets[index]?.push(object);
        continue;
      }
      indexes.set(identity, values.length);
    }
    values.push(representation);
    targets.push([object]);
  }
  return { values, targets, incomplete };
}

/** What JSON writes in its own way for each: values that are equal here are equal there, and others are not. */
function plainValue(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Equal for equal representations only. Most hold plain values, and putting those together is cheaper than JSON. */
function identityOf(representation: Data): string {
  let identity = '';
  for (const name in representation) {
    const value = representation[name];
    if (typeof value === 'object' && value !== null) return JSON.stringify(representation);
    identity += typeof value === 'string' ? `${name}"${value.length}"${value}` : `${name}=${String(value)},`;
  }
  return identity;
}

/** @returns undefined when a field is missing */
function copyFields(object: Data, fields: readonly InputField[]): Data | undefined {
  const result: Data = {};
  for (const { key, selection } of fields) {
    const copy = copyInput(object, key, selection, true);
    if (copy === undefined) return undefined;
    result[key] = copy;
  }
  return result;
}

/** @returns undefined when a field has failed, or when not even a key is complete */
function copyPresent(object: Data, { fields, keys }: TypeInputs, hasFailed: (object: Data, key: string) => boolean): Data | undefined {
  const result: Data = {};
  for (const { key, selection } of fields) {
    const copy = copyInput(object, key, selection, true);
    if (copy === undefined && hasFailed(object, key)) return undefined;
    const present = copy ?? copyInput(object, key, selection, false);
    if (present !== undefined) result[key] = present;
  }
  return keys.some((key) => copyFields(result, key) !== undefined) ? result : undefined;
}

/** @param isStrict without it what is missing inside is left out, as long as something is there; with it the whole is undefined then */
function copyInput(object: Data, key: string, selection: InputSelection | undefined, isStrict: boolean): unknown {
  const value = ownValue(object, key);
  return selection ? copyNested(value, selection, isStrict) : value;
}

function copyNested(value: unknown, selection: InputSelection, isStrict: boolean): unknown {
  if (isData(value)) return selectNested(value, selection, isStrict);
  if (!Array.isArray(value)) return value;
  const copies: unknown[] = [];
  for (const item of value) {
    const copy = copyNested(item, selection, isStrict);
    if (copy === undefined) return undefined;
    copies.push(copy);
  }
  return copies;
}

function selectNested(object: Data, { fields, fragments, isObjectType }: InputSelection, isStrict: boolean): Data | undefined {
  const result: Data = {};
  for (const { key, selection } of fields) {
    const copy = key === '__typename' ? ownType(object, isObjectType) : copyInput(object, key, selection, isStrict);
    if (copy !== undefined) result[key] = copy;
    else if (isStrict) return undefined;
  }
  if (fields.length > 0 && Object.keys(result).length === 0) return undefined;
  if (fragments.length === 0) return result;
  const typeName = ownValue(object, '__typename');
  if (typeof typeName !== 'string') return isStrict ? undefined : result;
  if (isStrict && !isObjectType(typeName)) return undefined; // what it is should have been fetched
  result['__typename'] = typeName; // planners leave it out, and the subgraph is to know what the fields are of
  for (const { types, selection } of fragments) {
    if (!types.has(typeName)) continue;
    const part = selectNested(object, selection, isStrict);
    if (part) Object.assign(result, part);
    else if (isStrict) return undefined;
  }
  return result;
}

/** Undefined for what a subgraph with an @interfaceObject says of its objects: that is no input, but the lack of one. */
function ownType(object: Data, isObjectType: (typeName: string) => boolean): string | undefined {
  const typeName = ownValue(object, '__typename');
  return typeof typeName === 'string' && isObjectType(typeName) ? typeName : undefined;
}
