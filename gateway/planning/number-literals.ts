import { randomBytes } from 'node:crypto';
import {
  BREAK,
  Kind,
  TypeInfo,
  getNamedType,
  isLeafType,
  isSpecifiedScalarType,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FloatValueNode,
  type GraphQLSchema,
  type IntValueNode,
  type StringValueNode,
  type ValueNode,
} from 'graphql';

/** What stands for a number while it is planned. Nobody outside can guess it. */
const MARK = `number-${randomBytes(8).toString('hex')}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/**
 * Replaces floats, and integers too large for JavaScript, that are values of custom scalars by strings that planners leave alone. Apollo's planner reads literals into
 * numbers and prints those: `1e3` and `1.0` become the integers `1000` and `1`, which a scalar may well accept where it refuses a float.
 * @returns the same document when it has none
 */
export function hideNumbers(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  if (!hasAny(document)) return document;
  const typeInfo = new TypeInfo(schema);
  const isCustomScalar = (): boolean => {
    const type = getNamedType(typeInfo.getInputType());
    return type !== undefined && isLeafType(type) && !isSpecifiedScalarType(type);
  };
  const hideIn = <Node extends ValueNode>(node: Node): Node | undefined =>
    isCustomScalar() ? (visit(node, { FloatValue: hide, IntValue: hide }) as Node) : undefined;
  // Inside an object or a list nobody knows that it is part of a custom scalar, so it is hidden with the whole.
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      FloatValue: (node) => (isCustomScalar() ? hide(node) : undefined),
      IntValue: (node) => (isCustomScalar() ? hide(node) : undefined),
      ObjectValue: hideIn,
      ListValue: hideIn,
    }),
  );
}

function hide(node: FloatValueNode | IntValueNode): StringValueNode | undefined {
  return isChanged(node) ? { kind: Kind.STRING, value: `${MARK}${node.value}` } : undefined;
}

/** Puts them back into a subgraph's operation, as they were written. */
export function revealNumbers(operation: string): string {
  return operation.includes(MARK) ? operation.replace(MARKED, '$1') : operation;
}

function hasAny(document: DocumentNode): boolean {
  let found = false;
  const look = (node: FloatValueNode | IntValueNode): typeof BREAK | undefined => {
    found ||= isChanged(node);
    return found ? BREAK : undefined;
  };
  visit(document, { FloatValue: look, IntValue: look });
  return found;
}

function isChanged({ kind, value }: FloatValueNode | IntValueNode): boolean {
  return kind === Kind.FLOAT || String(Number(value)) !== value;
}
