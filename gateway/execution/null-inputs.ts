import type { EntityInputs, FetchNode, InputField, InputSelection } from '../planning/executable-plan.ts';
import { ErrorPaths } from './error-paths.ts';
import type { Execution } from './execution.ts';
import { isData, ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';

/**
 * Finds inputs that are null because they failed. The subgraph is asked with the null, as it allows one; but the error is told even where the
 * client did not select the input: it is why what is computed of it is not what it should be.
 */
export function noteNullInputs(execution: Execution, fetch: FetchNode, inputs: EntityInputs, objects: readonly Data[]): void {
  if (execution.errors.isEmpty) return;
  const places = new ErrorPaths(execution, fetch);
  const nulls = objects.flatMap((object) => {
    const typeName = object['__typename'];
    const wanted = typeof typeName === 'string' ? inputs.of(typeName) : undefined;
    const paths = wanted ? nullsInFields(object, wanted.fields, []) : [];
    if (paths.length === 0) return [];
    const named = paths.map((path) => places.toClientNames(path));
    return places.of([object]).flatMap((place) => named.map((path) => [...place, ...path]));
  });
  if (nulls.length > 0) execution.errors.noteNullInputs(nulls);
}

function nullsInFields(object: Data, fields: readonly InputField[], path: ResponsePath): ResponsePath[] {
  return fields.flatMap(({ key, selection }) => nullsIn(ownValue(object, key), selection, [...path, key]));
}

function nullsIn(value: unknown, selection: InputSelection | undefined, path: ResponsePath): ResponsePath[] {
  if (value === null) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => nullsIn(item, selection, [...path, index]));
  if (!selection || !isData(value)) return [];
  const typeName = ownValue(value, '__typename');
  const fragments = selection.fragments.filter(({ types }) => types.has(typeName as string));
  return [...nullsInFields(value, selection.fields, path), ...fragments.flatMap((fragment) => nullsIn(value, fragment.selection, path))];
}
