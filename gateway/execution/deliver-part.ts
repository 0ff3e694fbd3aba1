import type { ObjectShape, TypeShape } from '../planning/response-shape.ts';
import type { PartPiece } from '../engine.ts';
import { ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';

/** What the client has: null, an object or a list by its fields and items, `true` for any other value. */
type Seen = null | true | SeenObject | readonly Seen[];
export interface SeenObject {
  [responseName: string]: Seen;
}

/** A deferred fragment on an object that the client has. */
export interface FoundPart {
  readonly label: string;
  readonly shape: ObjectShape;
  readonly data: Data;
  readonly seen: SeenObject;
  readonly path: ResponsePath;
}

/** What goes to the client of one part. */
export interface PartDelta {
  /** From the part's object down, with objects and lists that the client has on the way to what is new. */
  readonly data: Data;
  readonly pieces: readonly PartPiece[];
}

/** How many objects clients were given, and the deferred fragments found on them. */
export interface Delivery {
  objects: number;
  readonly found: FoundPart[];
}

/** Notes all of an object that the client is given. @param answer the object as shaped; @param data the merged data that it was made of */
export function noteObject(shape: ObjectShape, answer: Data, data: Data, path: ResponsePath, delivery: Delivery): SeenObject {
  const seen = Object.create(null) as SeenObject;
  delivery.objects += 1;
  for (const { responseName, source, key, type } of shape.fields) {
    const place = [...path, responseName];
    seen[responseName] = source === 'data' ? note(type, answer[responseName], ownValue(data, key), place, delivery) : true;
  }
  noteDeferred(shape, data, seen, path, delivery);
  return seen;
}

function note(type: TypeShape, answer: unknown, data: unknown, path: ResponsePath, delivery: Delivery): Seen {
  if (answer === null) return null;
  switch (type.kind) {
    case 'leaf':
      return true;
    case 'list': {
      const items = data as readonly unknown[];
      return (answer as readonly unknown[]).map((item, index) => note(type.of, item, items[index], [...path, index], delivery));
    }
    case 'composite':
      return noteObject(shapeOf(type, data as Data), answer as Data, data as Data, path, delivery);
  }
}

function noteDeferred(shape: ObjectShape, data: Data, seen: SeenObject, path: ResponsePath, { found }: Delivery): void {
  for (const { label, selection } of shape.deferred) found.push({ label, shape: selection.declared, data, seen, path });
}

/** True when something of the answer is null that the client has already: then the part cannot be told, because nothing that was sent is taken back. */
export function takesBack(answer: Data, seen: SeenObject): boolean {
  return Object.keys(answer).some((name) => {
    const known = seen[name];
    return known !== undefined && isTakenBack(answer[name], known);
  });
}

function isTakenBack(answer: unknown, seen: Seen): boolean {
  if (seen === null || seen === true) return false;
  if (answer === null) return true;
  if (isList(seen)) return seen.some((item, index) => isTakenBack((answer as readonly unknown[])[index] ?? null, item));
  return takesBack(answer as Data, seen);
}

/** Takes out of a part's answer what the client has already, and notes the rest in `part.seen`. `takesBack` must have said no. */
export function toDelta(part: FoundPart, answer: Data, delivery: Delivery): PartDelta {
  const pieces: PartPiece[] = [];
  const { data } = deltaOfObject(part.shape, answer, part.data, part.seen, part.path, part.path.length, delivery, pieces);
  return { data, pieces: pieces.filter((piece) => Object.keys(piece.data).length > 0) };
}

interface ObjectDelta {
  readonly data: Data;
  readonly isNew: boolean;
}

function deltaOfObject(
  shape: ObjectShape,
  answer: Data,
  data: Data,
  seen: SeenObject,
  path: ResponsePath,
  base: number,
  delivery: Delivery,
  pieces: PartPiece[],
): ObjectDelta {
  const delta = Object.create(null) as Data;
  const fresh = Object.create(null) as Data;
  pieces.push({ subPath: path.slice(base), data: fresh }); // before the pieces below it
  let isNew = false;
  for (const { responseName, source, key, type } of shape.fields) {
    const value = answer[responseName];
    const known = seen[responseName];
    const place = [...path, responseName];
    if (known === undefined) {
      fresh[responseName] = delta[responseName] = value;
      seen[responseName] = source === 'data' ? note(type, value, ownValue(data, key), place, delivery) : true;
      isNew = true;
      continue;
    }
    const inner = deltaOf(type, value, ownValue(data, key), known, place, base, delivery, pieces);
    if (!inner.isNew) continue;
    delta[responseName] = inner.data;
    isNew = true;
  }
  noteDeferred(shape, data, seen, path, delivery);
  return { data: delta, isNew };
}

/** @returns `data` as it hangs below its parent; a list always has all its items, or clients would cut theirs */
function deltaOf(
  type: TypeShape,
  answer: unknown,
  data: unknown,
  seen: Seen,
  path: ResponsePath,
  base: number,
  delivery: Delivery,
  pieces: PartPiece[],
): { readonly data: unknown; readonly isNew: boolean } {
  if (seen === null || seen === true || type.kind === 'leaf') return { data: null, isNew: false };
  if (type.kind === 'composite')
    return deltaOfObject(shapeOf(type, data as Data), answer as Data, data as Data, seen as SeenObject, path, base, delivery, pieces);
  const [answers, items] = [answer as readonly unknown[], data as readonly unknown[]];
  const deltas = (seen as readonly Seen[]).map((item, index) =>
    deltaOf(type.of, answers[index], items[index], item, [...path, index], base, delivery, pieces),
  );
  return { data: deltas.map((delta) => delta.data), isNew: deltas.some((delta) => delta.isNew) };
}

function shapeOf({ selection }: Extract<TypeShape, { kind: 'composite' }>, data: Data): ObjectShape {
  const typeName = data['__typename'];
  return (!selection.isObjectType && typeof typeName === 'string' ? selection.of(typeName) : undefined) ?? selection.declared;
}

function isList(seen: SeenObject | readonly Seen[]): seen is readonly Seen[] {
  return Array.isArray(seen);
}
