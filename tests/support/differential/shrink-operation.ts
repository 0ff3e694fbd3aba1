import {
  Kind,
  parse,
  print,
  validate,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { RandomOperation } from '../random-operation.ts';

const MAX_TRIES = 400;

/** Takes parts out of an operation for as long as it still fails. */
export async function shrinkOperation(
  operation: RandomOperation,
  schema: GraphQLSchema,
  stillFails: (smaller: RandomOperation) => Promise<boolean>,
): Promise<RandomOperation> {
  let best = parse(operation.query, { noLocation: true });
  let tries = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smallerThan(best)) {
      if ((tries += 1) > MAX_TRIES) break;
      const tidy = withoutUnused(candidate);
      if (validate(schema, tidy).length > 0 || !(await stillFails({ query: print(tidy), variables: operation.variables }))) continue;
      best = tidy;
      isSmaller = true;
      break;
    }
  }
  return { query: print(best), variables: operation.variables };
}

/** The document with one selection less, or with a fragment's content in its place, or with one directive less; big pieces first. */
function* smallerThan(document: DocumentNode): Generator<DocumentNode> {
  for (const [index, definition] of document.definitions.entries()) {
    if (!('selectionSet' in definition)) continue;
    for (const selectionSet of smallerSets(definition.selectionSet, document))
      yield { ...document, definitions: document.definitions.map((other, at) => (at === index ? { ...definition, selectionSet } : other)) };
  }
}

function* smallerSets(set: SelectionSetNode, document: DocumentNode): Generator<SelectionSetNode> {
  const replace = (at: number, by: readonly SelectionNode[]): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection, index) => (index === at ? by : [selection])),
  });
  if (set.selections.length > 1) for (const at of set.selections.keys()) yield replace(at, []);
  for (const [at, selection] of set.selections.entries()) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = document.definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
      );
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION)
        yield replace(at, [
          {
            kind: Kind.INLINE_FRAGMENT,
            typeCondition: fragment.typeCondition,
            directives: selection.directives ?? [],
            selectionSet: fragment.selectionSet,
          },
        ]);
      continue;
    }
    if (selection.kind === Kind.INLINE_FRAGMENT && !selection.directives?.length) yield replace(at, selection.selectionSet.selections);
    if (selection.directives?.length) yield replace(at, [{ ...selection, directives: [] }]);
    if (selection.kind === Kind.FIELD && selection.alias) yield replace(at, [withoutAlias(selection)]);
    if (selection.selectionSet)
      for (const selectionSet of smallerSets(selection.selectionSet, document)) yield replace(at, [{ ...selection, selectionSet }]);
  }
}

function withoutAlias({ alias: _alias, ...field }: FieldNode): FieldNode {
  return field;
}

function withoutUnused(document: DocumentNode): DocumentNode {
  const text = (definitions: DocumentNode['definitions']): string => definitions.map(print).join('\n');
  const isUsed = (name: string): boolean => new RegExp(`\\.\\.\\.\\s*${name}\\b`).test(text(document.definitions));
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.FRAGMENT_DEFINITION || isUsed(definition.name.value),
  );
  return {
    ...document,
    definitions: definitions.map((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
      const body = text([{ ...definition, variableDefinitions: [] }, ...definitions.filter((other) => other !== definition)]);
      return {
        ...definition,
        variableDefinitions: (definition.variableDefinitions ?? []).filter(({ variable }) =>
          new RegExp(`\\$${variable.name.value}\\b`).test(body),
        ),
      };
    }),
  };
}
