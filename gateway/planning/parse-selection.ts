import { Kind, parse, type SelectionNode } from 'graphql';
import type { PlannedSelection } from './planner.ts';

/** What a @key or @requires selects, in the form that plans have it in. @param text with or without the outer braces */
export function parseSelection(text: string): PlannedSelection[] {
  const [definition] = parse(text.trim().startsWith('{') ? text : `{${text}}`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections.flatMap(toPlannedSelection) : [];
}

function toPlannedSelection(node: SelectionNode): PlannedSelection[] {
  if (node.kind === Kind.FRAGMENT_SPREAD) return []; // the directives' selections have none
  const selections = node.selectionSet?.selections.flatMap(toPlannedSelection) ?? [];
  if (node.kind === Kind.FIELD) return [{ kind: 'Field', name: node.name.value, selections }];
  return [{ kind: 'InlineFragment', typeCondition: node.typeCondition?.name.value, selections }];
}
