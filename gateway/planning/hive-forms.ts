import type {
  PlannedFetch,
  PlannedKeyRenamer,
  PlannedNode,
  PlannedRewrite,
  PlannedSelection,
  PlannedSubscription,
  PlannedValueSetter,
} from './planner.ts';

/** Nodes as Hive Router's planner writes them, as far as they are used here (@graphql-hive/router-query-planner 0.0.38). */
export type HiveNode =
  | { readonly kind: 'Sequence' | 'Parallel'; readonly nodes: readonly HiveNode[] }
  | { readonly kind: 'Flatten'; readonly path: readonly HivePathSegment[]; readonly node: HiveNode }
  | { readonly kind: 'Condition'; readonly condition: string; readonly ifClause?: HiveNode | null; readonly elseClause?: HiveNode | null }
  | ({ readonly kind: 'Fetch' } & HiveFetch)
  | ({ readonly kind: 'BatchFetch'; readonly entityBatch: { readonly aliases: readonly HiveBatchAlias[] } } & HiveRequest)
  | { readonly kind: 'Subscription'; readonly primary: HiveFetch };

interface HiveRequest {
  readonly serviceName: string;
  readonly operation: string;
  readonly operationName?: string | null;
  readonly variableUsages?: readonly string[] | null;
}

interface HiveInputs {
  readonly requires?: readonly HiveSelection[] | null;
  readonly inputRewrites?: readonly HiveRewrite[] | null;
  readonly outputRewrites?: readonly HiveRewrite[] | null;
}

type HiveFetch = HiveRequest & HiveInputs;

interface HiveBatchAlias extends HiveInputs {
  readonly alias: string;
  readonly representationsVariableName: string;
  readonly paths: readonly (readonly HivePathSegment[])[];
}

type HivePathSegment = '@' | { readonly Field: string } | { readonly TypeCondition: readonly string[] };
type HiveRewriteSegment = { readonly Key: string } | { readonly TypenameEquals: readonly string[] };
type HiveRewrite = { readonly ValueSetter: HiveValueSetter } | { readonly KeyRenamer: HiveKeyRenamer } | HiveValueSetter;
type HiveValueSetter = { readonly path: readonly HiveRewriteSegment[]; readonly setValueTo: unknown };
type HiveKeyRenamer = { readonly path: readonly HiveRewriteSegment[]; readonly renameKeyTo: string };

type HiveSelection =
  | { readonly kind: 'Field'; readonly name: string; readonly alias?: string | null; readonly selections?: readonly HiveSelection[] | null }
  | { readonly kind: 'InlineFragment'; readonly typeCondition: string; readonly selections: readonly HiveSelection[] }
  | { readonly kind: 'FragmentSpread' };

/** A plan of Hive Router's in the form that both planners share. */
export function fromHive(node: HiveNode): PlannedNode | PlannedSubscription {
  if (node.kind === 'Subscription') return { kind: 'Subscription', primary: toFetch(node.primary) };
  const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [];
  if (first?.kind !== 'Subscription') return toNode(node);
  return { kind: 'Subscription', primary: toFetch(first.primary), rest: { kind: 'Sequence', nodes: rest.map(toNode) } };
}

function toNode(node: HiveNode): PlannedNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { kind: node.kind, nodes: node.nodes.map(toNode) };
    case 'Flatten':
      return { kind: 'Flatten', path: toPath(node.path), node: toNode(node.node) };
    case 'Condition': {
      const { condition, ifClause, elseClause } = node;
      return {
        kind: 'Condition',
        condition,
        ifClause: ifClause ? toNode(ifClause) : undefined,
        elseClause: elseClause ? toNode(elseClause) : undefined,
      };
    }
    case 'Fetch':
      return toFetch(node);
    case 'BatchFetch':
      return {
        kind: 'BatchFetch',
        ...toRequest(node),
        entities: node.entityBatch.aliases.map(({ alias, representationsVariableName, paths, ...inputs }) => ({
          alias,
          representationsVariable: representationsVariableName,
          paths: paths.map(toPath),
          requires: toSelections(inputs.requires ?? []),
          ...toRewrites(inputs),
        })),
      };
    default:
      throw new Error(`Hive Router's planner made a node that is not known here: ${node.kind}`);
  }
}

function toFetch(fetch: HiveFetch): PlannedFetch {
  return { kind: 'Fetch', ...toRequest(fetch), requires: fetch.requires ? toSelections(fetch.requires) : undefined, ...toRewrites(fetch) };
}

function toRequest({ serviceName, operation, operationName, variableUsages }: HiveRequest) {
  return { serviceName, operation, operationName: operationName ?? undefined, variableUsages: variableUsages ?? undefined };
}

function toRewrites({ inputRewrites, outputRewrites }: HiveInputs) {
  return { inputRewrites: inputRewrites?.map(toRewrite), outputRewrites: outputRewrites?.map(toRewrite) };
}

function toRewrite(rewrite: HiveRewrite): PlannedRewrite {
  if ('KeyRenamer' in rewrite) return toKeyRenamer(rewrite.KeyRenamer);
  return toValueSetter('ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite);
}

function toKeyRenamer({ path, renameKeyTo }: HiveKeyRenamer): PlannedKeyRenamer {
  return { kind: 'KeyRenamer', path: path.map(toRewriteStep), renameKeyTo };
}

function toValueSetter({ path, setValueTo }: HiveValueSetter): PlannedValueSetter {
  return { kind: 'ValueSetter', path: path.map(toRewriteStep), setValueTo };
}

function toRewriteStep(segment: HiveRewriteSegment): string {
  return 'Key' in segment ? segment.Key : `|[${segment.TypenameEquals.join()}]`;
}

/** A type condition at the beginning is one on the root, whose type is known: the data does not tell it. */
function toPath(path: readonly HivePathSegment[]): string[] {
  const start = path.findIndex((segment) => segment === '@' || 'Field' in segment);
  return path.slice(Math.max(start, 0)).map((segment) => {
    if (segment === '@') return '@';
    return 'Field' in segment ? segment.Field : `|[${segment.TypeCondition.join()}]`;
  });
}

function toSelections(selections: readonly HiveSelection[]): PlannedSelection[] {
  return selections.map((selection): PlannedSelection => {
    if (selection.kind === 'FragmentSpread') throw new Error("Hive Router's planner asks for a fragment as input");
    const nested = selection.selections ? toSelections(selection.selections) : undefined;
    if (selection.kind === 'InlineFragment')
      return { kind: 'InlineFragment', typeCondition: selection.typeCondition, selections: nested ?? [] };
    return { kind: 'Field', name: selection.name, alias: selection.alias ?? undefined, selections: nested };
  });
}
