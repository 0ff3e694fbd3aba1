import type { ObjectShape, TypeShape } from '../planning/response-shape.ts';
import type { SelectedNames } from '../planning/selected-names.ts';
import { isData, ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';

/**
 * True for an error of a field that the client selected for objects of other types only, or under a condition that does not hold.
 * A subgraph that knows an interface as one object type (@interfaceObject) is asked for all objects alike, and planners drop a condition
 * here and there; what cannot be answered then is not the client's concern.
 * Errors of fields that nobody selected are kept: they are inputs of others, and explain why those are null.
 */
export function isUnasked(root: ObjectShape, names: SelectedNames, data: Data, path: ResponsePath | undefined): boolean {
  let shape: ObjectShape = root;
  let selected = names;
  let value: unknown = data;
  let type: TypeShape | undefined;
  for (const part of path ?? []) {
    if (typeof part === 'number') {
      value = Array.isArray(value) ? value[part] : undefined;
      continue;
    }
    const composite = compositeOf(type);
    if (composite) {
      if (!isData(value)) return false;
      const typeName = value['__typename'];
      const actual = !composite.isObjectType && typeof typeName === 'string' ? composite.of(typeName) : composite.declared;
      if (!actual) return false;
      shape = actual;
    }
    const field = shape.fields.find(({ responseName }) => responseName === part);
    // An object that nobody could tell the type of may be of the one that the field was selected for.
    if (!field) return shape.isObjectType && selected.has(part);
    selected = selected.below(part);
    value = isData(value) ? ownValue(value, field.key) : undefined;
    type = field.type;
  }
  return false;
}

function compositeOf(type: TypeShape | undefined) {
  let inner = type;
  while (inner?.kind === 'list') inner = inner.of;
  return inner?.kind === 'composite' ? inner.selection : undefined;
}
