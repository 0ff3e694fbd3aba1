import { Kind, type DirectiveNode, type SelectionNode } from 'graphql';

/** One place of an operation where a fragment is deferred, with all fragments written out. */
export interface DeferredFragment {
  /** What the client calls it. */
  readonly clientLabel: string | undefined;
  /** The client's variable that says whether it is deferred; absent: it is. */
  readonly variable: string | undefined;
  /** Our label of the deferred fragment around it. */
  readonly enclosing: string | undefined;
}

/** By a label that is ours and unique: a client's fragment may be spread in many places, and need not have a label at all. */
export type DeferredFragments = ReadonlyMap<string, DeferredFragment>;

export function isDefer({ name }: DirectiveNode): boolean {
  return name.value === 'defer';
}

/**
 * Notes a selection that is deferred.
 * @returns our label for it; undefined when it is not deferred
 */
export function keepDeferred(
  selection: SelectionNode,
  deferred: Map<string, DeferredFragment>,
  enclosing: string | undefined,
): string | undefined {
  const directive = selection.directives?.find(isDefer);
  if (!directive) return undefined;
  const condition = argument(directive, 'if');
  if (condition?.kind === Kind.BOOLEAN && !condition.value) return undefined;
  const clientLabel = argument(directive, 'label');
  const label = `d${deferred.size}`;
  deferred.set(label, {
    clientLabel: clientLabel?.kind === Kind.STRING ? clientLabel.value : undefined,
    variable: condition?.kind === Kind.VARIABLE ? condition.name.value : undefined,
    enclosing,
  });
  return label;
}

/** What planners see of it: without `if`, or they would make a plan for each combination of answers. */
export function deferDirective(label: string): DirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'defer' },
    arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'label' }, value: { kind: Kind.STRING, value: label } }],
  };
}

/** Our label of a selection in a plannable operation. */
export function deferLabelOf({ directives }: SelectionNode): string | undefined {
  const directive = directives?.find(isDefer);
  const value = directive && argument(directive, 'label');
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function argument(directive: DirectiveNode, name: string) {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}
