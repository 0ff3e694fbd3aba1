import { FieldSelection, federationMetadata, type CompositeType } from '@apollo/federation-internals';

let isMended = false;

/**
 * Makes subgraphs deny their @external fields when Apollo's planner wants to move selections of other subgraphs to them. It joins two fetches
 * when the one's schema has the other's fields, and an external field is in the schema although the subgraph does not resolve it, or only
 * where a @provides says so: with a @requires of a field that has a @requires of its own, it asks the middle subgraph for what it is to be
 * told. In effect for the process from then on.
 */
export function denyExternalFields(): void {
  if (isMended) return;
  isMended = true;
  const canAddTo = FieldSelection.prototype.canAddTo;
  FieldSelection.prototype.canAddTo = function (this: FieldSelection, parentType: CompositeType) {
    return (this.element.parentType === parentType || !isExternal(parentType, this.element.name)) && canAddTo.call(this, parentType);
  };
}

function isExternal(type: CompositeType, name: string): boolean {
  const field = type.kind === 'UnionType' ? undefined : type.field(name);
  return field !== undefined && (federationMetadata(type.schema())?.isFieldExternal(field) ?? false);
}
