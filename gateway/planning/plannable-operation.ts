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
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { deferDirective, isDefer, keepDeferred, type DeferredFragment, type DeferredFragments } from './deferred-fragments.ts';

/** A client's operation in the form that planners plan well. The answer's shape is worked out from the same form. */
export interface PlannableOperation {
  readonly operation: OperationDefinitionNode;
  readonly names: PlannedNames;
  /** Fields that were added for the planner and are not part of the answer. */
  readonly hidden: ReadonlySet<FieldNode>;
  /** The fragments that still carry @defer, by the labels that they were given here; empty unless they were to be kept. */
  readonly deferred: DeferredFragments;
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
  /** Names that the plan has for what it selects with different arguments → the fields' own. */
  readonly copies?: ReadonlyMap<string, string>;
}

/** A selection while it may still change. */
type Draft = FieldDraft | FragmentDraft;

interface FieldDraft {
  readonly kind: 'field';
  readonly node: FieldNode;
  readonly children: Draft[] | undefined;
  readonly hidden: boolean;
  plannedName: string;
}

interface FragmentDraft {
  readonly kind: 'fragment';
  readonly typeCondition: NamedTypeNode | undefined;
  readonly directives: readonly DirectiveNode[];
  readonly children: Draft[];
}

/**
 * Writes out fragments, settles literal @skip and @include, and renames what planners or plain objects get wrong:
 * - response names that mean something on every JavaScript object (`__proto__`, `constructor`), and other fields called `__typename`;
 * - fields with one response name but different arguments below different types: planners address data by response name alone;
 * - fields that clash with what a @key or @requires selects: planners take them for the same;
 * - variables called as those that planners add.
 * An object of which conditions may leave nothing gets a hidden `__typename`.
 */
export function toPlannableOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  inputs: SupergraphInputs,
  options: { readonly keepDefer: boolean } = { keepDefer: false },
): PlannableOperation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const deferred = options.keepDefer ? new Map<string, DeferredFragment>() : undefined;
  const root = draftsOf(operation.selectionSet, { fragments, deferred, enclosing: undefined });
  const responseNames = new Map([...(inputs.copies ?? []), ...renameFields(root, inputs, namesIn(document))]);
  const hidden = new Set<FieldNode>();
  const drafted: OperationDefinitionNode = { ...operation, selectionSet: toSelectionSet(root, hidden) };
  const variables = renamedVariables(operation);
  const common = { hidden, deferred: deferred ?? new Map<string, DeferredFragment>() };
  if (variables.size === 0) return { operation: drafted, names: { responseNames, variables: new Map() }, ...common };
  const renamed = visit(drafted, {
    Variable: (node) =>
      variables.has(node.name.value) ? { ...node, name: { ...node.name, value: variables.get(node.name.value) ?? '' } } : undefined,
  });
  return { operation: renamed, names: { responseNames, variables: new Map([...variables].map(([from, to]) => [to, from])) }, ...common }; // `visit` keeps nodes that have no variable
}

/** Where drafting is. */
interface Drafting {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Filled on the way; absent: every @defer is left out. */
  readonly deferred: Map<string, DeferredFragment> | undefined;
  /** Label of the deferred fragment around. */
  readonly enclosing: string | undefined;
}

function draftsOf(set: SelectionSetNode, drafting: Drafting): Draft[] {
  return set.selections.flatMap((selection): Draft[] => {
    const directives = settledDirectives(selection);
    if (directives === 'never') return [];
    if (selection.kind === Kind.FIELD) {
      const children = selection.selectionSet && withSomething(draftsOf(selection.selectionSet, drafting));
      return [{ kind: 'field', node: { ...selection, directives }, children, hidden: false, plannedName: responseName(selection) }];
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : drafting.fragments.get(selection.name.value);
    const label = drafting.deferred && keepDeferred(selection, drafting.deferred, drafting.enclosing);
    const inside = label === undefined ? drafting : { ...drafting, enclosing: label };
    const children = fragment ? draftsOf(fragment.selectionSet, inside) : []; // validation has refused a fragment that is not there
    if (children.length === 0) return [];
    const typeCondition = fragment?.typeCondition;
    if (label === undefined) return [{ kind: 'fragment', typeCondition, directives, children }];
    const draft: FragmentDraft = { kind: 'fragment', typeCondition, directives: [deferDirective(label)], children };
    return [directives.length === 0 ? draft : { kind: 'fragment', typeCondition: undefined, directives, children: [draft] }];
  });
}

/**
 * Planners fetch what a literal @skip leaves out when the same field is also selected without, so literals are settled here.
 * A directive of one's own may be allowed on spreads only, so it is not taken over from there.
 */
function settledDirectives(selection: SelectionNode): readonly DirectiveNode[] | 'never' {
  const kept: DirectiveNode[] = [];
  for (const directive of selection.directives ?? []) {
    if (directive.name.value === 'defer') continue; // is kept as a label, or not at all
    if (!isCondition(directive)) {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) kept.push(directive);
      continue;
    }
    const value = directive.arguments?.[0]?.value;
    if (value?.kind !== Kind.BOOLEAN) kept.push(directive);
    else if (value.value === (directive.name.value === 'skip')) return 'never';
  }
  return kept;
}

/** Planners leave out the fetch of an object when nothing may be left of it; but it may still be null, and must not become so. */
function withSomething(children: Draft[]): Draft[] {
  return hasUnconditionalField(children)
    ? children
    : [...children, { kind: 'field', node: TYPENAME, children: undefined, hidden: true, plannedName: '__typename' }];
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function hasUnconditionalField(drafts: readonly Draft[]): boolean {
  return drafts.some((draft) => {
    if (draft.kind === 'field') return !draft.node.directives?.some(isCondition);
    return !draft.directives.some((directive) => isCondition(directive) || isDefer(directive)) && hasUnconditionalField(draft.children);
  });
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
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

function toSelectionSet(drafts: readonly Draft[], hidden: Set<FieldNode>): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: drafts.map((draft) => toSelection(draft, hidden)) };
}

function toSelection(draft: Draft, hidden: Set<FieldNode>): FieldNode | InlineFragmentNode {
  if (draft.kind === 'fragment') {
    const { typeCondition, directives } = draft;
    return {
      kind: Kind.INLINE_FRAGMENT,
      ...(typeCondition && { typeCondition }),
      directives,
      selectionSet: toSelectionSet(draft.children, hidden),
    };
  }
  const { node, plannedName, children } = draft;
  const { alias: _alias, selectionSet: _selectionSet, ...rest } = node;
  const field: FieldNode = {
    ...rest,
    ...(plannedName !== node.name.value && { alias: { kind: Kind.NAME, value: plannedName } }),
    ...(children && { selectionSet: toSelectionSet(children, hidden) }),
  };
  if (draft.hidden) hidden.add(field);
  return field;
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
