import { buildSubgraph } from '@apollo/federation-internals';
import { parse, type DocumentNode, type SelectionSetNode } from 'graphql';

/** Name of an entity type → its keys, as selections. */
export type FakeKeys = ReadonlyMap<string, readonly SelectionSetNode[]>;

/** The `@key`s of a subgraph, whatever name the directive was imported under. @param sdl one that is known to be valid */
export function readKeys(sdl: DocumentNode): FakeKeys {
  const { schema, metadata } = (() => {
    const subgraph = buildSubgraph('fake', '', sdl, false);
    return { schema: subgraph.schema, metadata: subgraph.metadata() };
  })();
  return new Map(
    [...schema.objectTypes(), ...schema.interfaceTypes()].flatMap((type) => {
      const keys = type.appliedDirectivesOf(metadata.keyDirective()).map((key) => toSelection(String(key.arguments().fields)));
      return keys.length > 0 ? [[type.name, keys] as const] : [];
    }),
  );
}

/** What an object has of a key, as text; undefined when something of it is missing. */
export function keyText(key: SelectionSetNode, object: unknown): string | undefined {
  const picked = pick(key, object);
  return picked === undefined ? undefined : JSON.stringify(picked);
}

function pick({ selections }: SelectionSetNode, object: unknown): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  const values = selections.map((selection) => {
    if (selection.kind !== 'Field') return undefined;
    const value = (object as Readonly<Record<string, unknown>>)[selection.name.value];
    if (value === undefined || value === null) return undefined;
    return selection.selectionSet ? pick(selection.selectionSet, value) : [selection.name.value, String(value)];
  });
  return values.includes(undefined) ? undefined : values;
}

function toSelection(fields: string): SelectionSetNode {
  const [definition] = parse(fields.trim().startsWith('{') ? fields : `{${fields}}`).definitions;
  if (definition?.kind !== 'OperationDefinition') throw new Error(`expected fields in @key, got ${fields}`);
  return definition.selectionSet;
}
