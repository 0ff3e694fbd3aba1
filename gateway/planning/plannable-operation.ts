import {
  Kind,
  print,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** A client's operation in the form that planners plan well. The answer's shape is worked out from the same form. */
export interface PlannableOperation {
  readonly operation: OperationDefinitionNode;
  readonly names: PlannedNames;
}

/** The names that were changed for planning, and the client's own. Names that are not in a map were kept. */
export interface PlannedNames {
  /** Response name in the plan → response name of the client. */
  readonly responseNames: ReadonlyMap<string, string>;
  /** Variable in the plan → variable of the client. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Names of fields that the supergraph itself selects: in @key, @requires and @fromContext. */
export interface SupergraphInputs {
  readonly fields: ReadonlySet<string>;
  /** Those that it selects with arguments. */
  readonly fieldsWithArguments: ReadonlySet<string>;
}

/** A selection while it may still change. */
type Draft = FieldDraft | FragmentDraft;

interface FieldDraft {
  readonly kind: 'field';
  readonly node: FieldNode;
  readonly children: Draft[] | undefined;
  plannedName: string;
}

interface FragmentDraft {
  readonly kind: 'fragment';
  readonly typeCondition: NamedTypeNode | undefined;
  readonly directives: readonly DirectiveNode[];
  readonly children: Draft[];
}

/**
 * Inlines fragments and renames what planners or plain objects get wrong:
 * - response names that mean something on every JavaScript object (`__proto__`, `constructor`), and other fields called `__typename`;
 * - fields with one response name but different arguments below different types: planners address data by response name alone;
 * - fields that clash with what a @key or @requires selects: planners take them for the same;
 * - variables called as those that planners add.
 */
export function toPlannableOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  inputs: SupergraphInputs,
): PlannableOperation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const root = draftsOf(operation.selectionSet, fragments);
  const responseNames = renameFields(root, inputs, namesIn(document));
  const drafted: OperationDefinitionNode = { ...operation, selectionSet: toSelectionSet(root) };
  const variables = renamedVariables(operation);
  if (variables.size === 0) return { operation: drafted, names: { responseNames, variables: new Map() } };
  const renamed = visit(drafted, {
    Variable: (node) =>
      variables.has(node.name.value) ? { ...node, name: { ...node.name, value: variables.get(node.name.value) ?? '' } } : undefined,
  });
  return { operation: renamed, names: { responseNames, variables: new Map([...variables].map(([from, to]) => [to, from])) } };
}

function draftsOf(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Draft[] {
  return set.selections.flatMap((selection): Draft[] => {
    if (selection.kind === Kind.FIELD) {
      const children = selection.selectionSet && draftsOf(selection.selectionSet, fragments);
      return [{ kind: 'field', node: selection, children, plannedName: responseName(selection) }];
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition, directives = [] } = selection;
      return [{ kind: 'fragment', typeCondition, directives, children: draftsOf(selection.selectionSet, fragments) }];
    }
    const fragment = fragments.get(selection.name.value);
    if (!fragment) return []; // validation has refused it already
    // A directive of one's own may be allowed on spreads only; those that count are allowed on both.
    const directives = (selection.directives ?? []).filter(({ name }) => name.value === 'skip' || name.value === 'include');
    return [{ kind: 'fragment', typeCondition: fragment.typeCondition, directives, children: draftsOf(fragment.selectionSet, fragments) }];
  });
}

/** Gives fields new names where they must have one. @returns new name → the client's response name */
function renameFields(root: Draft[], inputs: SupergraphInputs, taken: Set<string>): Map<string, string> {
  const renamed = new Map<string, string>();
  const freshName = (base: string): string => {
    const stem = base.replace(/^_+|_+$/g, '') || 'field';
    for (let count = 1; ; count += 1) {
      const name = `${stem}__${count}`;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
  const renameLevel = (drafts: readonly Draft[]): void => {
    const byResponseName = new Map<string, Map<string, FieldDraft[]>>();
    for (const field of fieldsIn(drafts)) {
      const bySignature = entry(byResponseName, field.plannedName, () => new Map<string, FieldDraft[]>());
      entry(bySignature, signature(field.node), () => []).push(field);
    }
    for (const [name, bySignature] of byResponseName) {
      let isFirst = true;
      for (const fields of bySignature.values()) {
        const [first] = fields;
        if (first && (!isFirst || mustBeRenamed(first.node, inputs))) {
          const fresh = freshName(name);
          renamed.set(fresh, name);
          for (const field of fields) field.plannedName = fresh;
        }
        isFirst = false;
        const children = fields.flatMap((field) => field.children ?? []);
        if (children.length > 0) renameLevel(children);
      }
    }
  };
  renameLevel(root);
  return renamed;
}

function mustBeRenamed(node: FieldNode, inputs: SupergraphInputs): boolean {
  const name = responseName(node);
  const field = node.name.value;
  if (name in Object.prototype) return true;
  if (field === '__typename') return inputs.fields.has(name);
  if (name === '__typename') return true;
  if (name !== field) return inputs.fields.has(name);
  return inputs.fieldsWithArguments.has(field) || (inputs.fields.has(field) && (node.arguments?.length ?? 0) > 0);
}

function* fieldsIn(drafts: readonly Draft[]): Generator<FieldDraft> {
  for (const draft of drafts) {
    if (draft.kind === 'field') yield draft;
    else yield* fieldsIn(draft.children);
  }
}

function signature(node: FieldNode): string {
  if (!node.arguments?.length) return node.name.value;
  return `${node.name.value}(${node.arguments.map(print).sort().join()})`;
}

function toSelectionSet(drafts: readonly Draft[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: drafts.map(toSelection) };
}

function toSelection(draft: Draft): FieldNode | InlineFragmentNode {
  if (draft.kind === 'fragment') {
    const { typeCondition, directives } = draft;
    return {
      kind: Kind.INLINE_FRAGMENT,
      ...(typeCondition && { typeCondition }),
      directives,
      selectionSet: toSelectionSet(draft.children),
    };
  }
  const { node, plannedName, children } = draft;
  const { alias: _alias, selectionSet: _selectionSet, ...rest } = node;
  return {
    ...rest,
    ...(plannedName !== node.name.value && { alias: { kind: Kind.NAME, value: plannedName } }),
    ...(children && { selectionSet: toSelectionSet(children) }),
  };
}

/** @returns the client's variable → the name it is planned with */
function renamedVariables(operation: OperationDefinitionNode): Map<string, string> {
  const names = new Set(operation.variableDefinitions?.map((definition) => definition.variable.name.value));
  const renamed = new Map<string, string>();
  for (const name of names) {
    if (!(name in Object.prototype) && !/^(representations|contextualArgument.*|resumeAfter)$/.test(name)) continue;
    let fresh = `client_${name.replace(/^_+|_+$/g, '')}`;
    while (names.has(fresh)) fresh += '_';
    renamed.set(name, fresh);
  }
  return renamed;
}

function namesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    Field(node) {
      names.add(responseName(node));
    },
  });
  return names;
}

function responseName(node: FieldNode): string {
  return node.alias?.value ?? node.name.value;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
