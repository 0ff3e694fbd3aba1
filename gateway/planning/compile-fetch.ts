import { Kind, parse, print, stripIgnoredCharacters, visit, type OperationDefinitionNode } from 'graphql';
import type { ContextInput, EntityInputs, FetchNode, PathStep, Rewrite, SupergraphTypes } from './executable-plan.ts';
import { compileInputs, subtypes } from './compile-inputs.ts';
import type { PlannedNames } from './plannable-operation.ts';
import type { PlannedFetch, PlannedKeyRenamer, PlannedRewrite, PlannedSelection } from './planner.ts';

/** Prepares one fetch. `path` leads from the root of the data to where its answer goes. */
export function compileFetch(fetch: PlannedFetch, path: readonly PathStep[], names: PlannedNames, types: SupergraphTypes): FetchNode {
  const contexts = (fetch.contextRewrites ?? []).map((rewrite) => compileContext(rewrite, types));
  const contextVariables = new Set(contexts.map((context) => context.variable));
  const outputRewrites = (fetch.outputRewrites ?? []).flatMap((rewrite) => compileRewrite(rewrite, types));
  return {
    kind: 'fetch',
    id: fetch.id,
    subgraph: fetch.serviceName,
    query: withoutRootConditions(fetch.operation, types),
    operationName: fetch.operationName,
    variables: (fetch.variableUsages ?? [])
      .filter((name) => !contextVariables.has(name))
      .map((name) => ({ name, from: names.variables.get(name) ?? name })),
    path,
    entities: fetch.requires && compileEntities(fetch, fetch.requires, contexts, types),
    rootFields: fetch.requires ? [] : rootFieldsOf(fetch.operation),
    exactNumbers: namesAny(fetch.operation, types.numberFields),
    outputRewrites,
    renamed: new Map(outputRewrites.flatMap(({ key, change }) => (change.kind === 'rename' ? [[key, change.to] as const] : []))),
  };
}

/** Steps of a Flatten path or a rewrite: response names, `@`, `... on T` and `|[A,B]` (also behind a name: `items|[A,B]`, `@|[A]`). */
export function compilePath(path: readonly (string | number)[], types: SupergraphTypes): PathStep[] {
  return path.flatMap((element): PathStep[] => {
    const [, name = '', conditions] = /^([^|]*)(?:\|\[(.*)\])?$/.exec(String(element)) ?? [];
    const steps: PathStep[] = [];
    if (name === '@') steps.push({ kind: 'list' });
    else if (name.startsWith('... on ')) steps.push({ kind: 'type', types: subtypes(name.slice('... on '.length), types) });
    else if (name !== '') steps.push({ kind: 'key', key: name });
    if (conditions !== undefined)
      steps.push({ kind: 'type', types: new Set(conditions.split(',').flatMap((type) => [...subtypes(type.trim(), types)])) });
    return steps;
  });
}

function compileEntities(
  fetch: PlannedFetch,
  requires: readonly PlannedSelection[],
  contexts: readonly ContextInput[],
  types: SupergraphTypes,
): EntityInputs {
  return {
    conditions: requires.flatMap((selection) => (selection.kind === 'InlineFragment' ? (selection.typeCondition ?? []) : [])),
    of: compileInputs(requires, fetch.serviceName, types),
    rewrites: (fetch.inputRewrites ?? []).flatMap((rewrite) => compileRewrite(rewrite, types)),
    contexts,
  };
}

function compileRewrite(rewrite: PlannedRewrite, types: SupergraphTypes): Rewrite[] {
  const key = rewrite.path.at(-1);
  if (key === undefined) return [];
  const change: Rewrite['change'] =
    rewrite.kind === 'KeyRenamer' ? { kind: 'rename', to: rewrite.renameKeyTo } : { kind: 'set', value: rewrite.setValueTo };
  return [{ path: compilePath(rewrite.path.slice(0, -1), types), key, change }];
}

function compileContext(rewrite: PlannedKeyRenamer, types: SupergraphTypes): ContextInput {
  const levelsUp = rewrite.path.filter((element) => element === '..').length;
  return {
    variable: rewrite.renameKeyTo,
    levelsUp,
    path: compilePath(
      rewrite.path.filter((element) => element !== '..'),
      types,
    ),
  };
}

/** A word that is no field errs on the safe side, and parsing costs more than it saves. */
function namesAny(operation: string, fields: ReadonlySet<string>): boolean {
  if (fields.size === 0) return false;
  for (const [word] of operation.matchAll(/\w+/g)) if (fields.has(word)) return true;
  return false;
}

/** Subgraphs may call their root types as they like, and planners write the supergraph's names: a condition on a root type is always met. */
function withoutRootConditions(text: string, types: SupergraphTypes): string {
  if (!types.rootTypes.some((type) => text.includes(`...on ${type}`))) return text;
  const withoutConditions = visit(parse(text, { noLocation: true }), {
    InlineFragment({ typeCondition, ...fragment }) {
      return typeCondition && types.rootTypes.includes(typeCondition.name.value) ? fragment : undefined;
    },
  });
  return stripIgnoredCharacters(print(withoutConditions));
}

function rootFieldsOf(text: string): string[] {
  const document = parse(text, { noLocation: true });
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const names = new Set<string>();
  const collect = (selections: OperationDefinitionNode['selectionSet']['selections']): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.alias?.value ?? selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet.selections);
      else
        for (const fragment of document.definitions)
          if (fragment.kind === Kind.FRAGMENT_DEFINITION && fragment.name.value === selection.name.value)
            collect(fragment.selectionSet.selections);
    }
  };
  if (operation) collect(operation.selectionSet.selections);
  return [...names];
}
