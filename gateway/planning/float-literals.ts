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
  type GraphQLSchema,
} from 'graphql';

/** What stands for a float while it is planned. Nobody outside can guess it. */
const MARK = `float-${randomBytes(8).toString('hex')}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/**
 * Replaces floats that are values of custom scalars by strings that planners leave alone. Apollo's planner reads literals into numbers and prints
 * those: `1e3` and `1.0` become the integers `1000` and `1`, which a scalar may well accept where it refuses a float.
 * @returns the same document when it has none
 */
export function hideFloats(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  if (!hasFloat(document)) return document;
  const typeInfo = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      FloatValue(node) {
        const type = getNamedType(typeInfo.getInputType());
        if (!type || !isLeafType(type) || isSpecifiedScalarType(type)) return undefined;
        return { kind: Kind.STRING, value: `${MARK}${node.value}` };
      },
    }),
  );
}

/** Puts them back into a subgraph's operation, as they were written. */
export function revealFloats(operation: string): string {
  return operation.includes(MARK) ? operation.replace(MARKED, '$1') : operation;
}

function hasFloat(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    FloatValue() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
