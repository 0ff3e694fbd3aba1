import type { EntityInputs, InputField, InputSelection } from '../planning/executable-plan.ts';
import { isData, mergeInto, ownValue, type Data } from './merge.ts';
import { applyRewrites } from './rewrites.ts';

/** The distinct entities of one fetch and, for each, the objects that wait for its answer. */
export interface Representations {
  readonly values: readonly Data[];
  readonly targets: readonly (readonly Data[])[];
  /** Objects that cannot be asked for because an input of theirs is missing; those of other types are not among them. */
  readonly incomplete: readonly Data[];
}

/** Makes the `representations` of an `_entities` fetch. Equal ones are sent once; the order is that of the first of each. */
export function toRepresentations(objects: readonly Data[], inputs: EntityInputs): Representations {
  const values: Data[] = [];
  const targets: Data[][] = [];
  const incomplete: Data[] = [];
  const indexes = new Map<string, number>();
  for (const object of objects) {
    const representation = selectInputs(object, inputs.selection);
    if (representation?.['__typename'] === undefined) {
      if (isWanted(object, inputs.selection)) incomplete.push(object);
      continue;
    }
    applyRewrites(inputs.rewrites, representation);
    if (objects.length === 1) return { values: [representation], targets: [[object]], incomplete };
    const identity = JSON.stringify(representation);
    const index = indexes.get(identity);
    if (index !== undefined) {
      targets[index]?.push(object);
      continue;
    }
    indexes.set(identity, values.length);
    values.push(representation);
    targets.push([object]);
  }
  return { values, targets, incomplete };
}

/** @returns undefined when a field is missing: its fetch failed, or the subgraph left it out */
export function selectInputs(object: Data, { fields, fragments }: InputSelection): Data | undefined {
  let result: Data | undefined = fields.length > 0 ? copyFields(object, fields) : {};
  if (!result) return undefined;
  let isEmpty = fields.length === 0;
  for (const { types, selection } of fragments) {
    if (!types.has(object['__typename'] as string)) continue;
    const part = selectInputs(object, selection);
    if (!part) continue; // another fragment may still be enough
    if (isEmpty) result = part;
    else mergeInto(result, part);
    isEmpty = false;
  }
  return result;
}

function copyFields(object: Data, fields: readonly InputField[]): Data | undefined {
  const result: Data = {};
  for (const { key, selection } of fields) {
    const value = ownValue(object, key);
    const copy = selection ? copyNested(value, selection) : value;
    if (copy === undefined) return undefined;
    result[key] = copy;
  }
  return result;
}

function copyNested(value: unknown, selection: InputSelection): unknown {
  if (isData(value)) return selectInputs(value, selection);
  if (!Array.isArray(value)) return value;
  const copies: unknown[] = [];
  for (const item of value) {
    const copy = copyNested(item, selection);
    if (copy === undefined) return undefined;
    copies.push(copy);
  }
  return copies;
}

function isWanted(object: Data, { fields, fragments }: InputSelection): boolean {
  return fields.length > 0 || fragments.some(({ types }) => types.has(object['__typename'] as string));
}
