import type { GraphQLFormattedError } from 'graphql';
import type { ObjectShape, TypeShape } from '../planning/response-shape.ts';
import type { SelectedNames } from '../planning/selected-names.ts';
import type { ErrorLog } from './error-log.ts';
import { isData, ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';
import { isUnasked } from './unasked-errors.ts';

/** One part of an answer, or the initial answer: its shape, and where it hangs. */
export interface PartPlace {
  readonly shape: ObjectShape;
  readonly data: Data;
  readonly path: ResponsePath;
}

/** Which of the errors goes out with which part: each once, with the first part that has its field. */
export class PartErrors {
  readonly #root: ObjectShape;
  readonly #names: SelectedNames;
  readonly #data: Data;
  readonly #told = new Set<GraphQLFormattedError>();

  /**
   * @param root the whole answer's shape, as if nothing were deferred
   * @param names what the operation selects at all
   */
  constructor(root: ObjectShape, names: SelectedNames, data: Data) {
    this.#root = root;
    this.#names = names;
    this.#data = data;
  }

  /**
   * Takes the errors that belong to a part.
   * @param own those of its own fetches
   * @param others those of the fetches that the part hangs below: they may have brought fields of this part, too
   */
  take(part: PartPlace, own: ErrorLog, others: readonly ErrorLog[]): GraphQLFormattedError[] {
    const taken: GraphQLFormattedError[] = [];
    for (const error of own.errors) if (!this.#told.has(error) && this.#belongs(part, error, own)) taken.push(error);
    for (const log of others)
      for (const error of log.errors)
        if (!this.#told.has(error) && error.path && hasPrefix(error.path, part.path) && covers(part, error.path)) taken.push(error);
    for (const error of taken) this.#told.add(error);
    return taken;
  }

  #belongs(part: PartPlace, error: GraphQLFormattedError, log: ErrorLog): boolean {
    const { path } = error;
    if (!path) return true;
    if (!hasPrefix(path, part.path)) return hasPrefix(part.path, path); // a place further up: told with the first part below it
    if (covers(part, path)) return true;
    if (log.isOfInput(error)) return true;
    if (isUnasked(this.#root, this.#names, this.#data, path)) return false;
    return !covers({ shape: this.#root, data: this.#data, path: [] }, path); // nobody selected it, so it is an input: it explains what is missing here
  }
}

function hasPrefix(path: ResponsePath, prefix: ResponsePath): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => part === path[index]);
}

/** True when a part has the field at a path, or something above it that is null. */
function covers(part: PartPlace, path: ResponsePath): boolean {
  let shape: ObjectShape | undefined = part.shape;
  let value: unknown = part.data;
  let type: TypeShape | undefined;
  for (const name of path.slice(part.path.length)) {
    if (typeof name === 'number') {
      value = Array.isArray(value) ? value[name] : undefined;
      continue;
    }
    if (type) {
      if (!isData(value)) return true;
      shape = shapeOf(type, value);
    }
    const field = shape?.fields.find(({ responseName }) => responseName === name);
    if (!field) return false;
    value = isData(value) ? ownValue(value, field.key) : undefined;
    type = field.type;
  }
  return true;
}

function shapeOf(type: TypeShape, value: Data): ObjectShape | undefined {
  let inner = type;
  while (inner.kind === 'list') inner = inner.of;
  if (inner.kind === 'leaf') return undefined;
  const typeName = value['__typename'];
  return !inner.selection.isObjectType && typeof typeName === 'string' ? inner.selection.of(typeName) : inner.selection.declared;
}
