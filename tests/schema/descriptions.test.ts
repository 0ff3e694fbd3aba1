import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isSpecifiedDirective, Kind, parse, printSchema, visit, type ASTNode, type DirectiveNode, type StringValueNode } from 'graphql';
import { createSupergraph } from '../../gateway/supergraph/supergraph.ts';
import { projectFolder } from '../support/service-process.ts';

interface Described {
  readonly name?: { readonly value: string };
  readonly description?: StringValueNode | undefined;
  readonly directives?: readonly DirectiveNode[] | undefined;
}

const KINDS: readonly string[] = [
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
  Kind.DIRECTIVE_DEFINITION,
];
/** Who needs to be told what a query is? */
const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** `Type.field(argument:)` of everything that has no description, or a deprecation without a reason. */
function findUndescribed(sdl: string): { readonly missing: string[]; readonly deprecatedWithoutReason: string[] } {
  const missing: string[] = [];
  const deprecatedWithoutReason: string[] = [];
  const path: string[] = [];
  const isNamed = (node: ASTNode): boolean => KINDS.includes(node.kind);
  visit(parse(sdl), {
    enter(node) {
      if (!isNamed(node)) return;
      const { name, description, directives = [] } = node as Described;
      path.push(name?.value ?? '');
      const isRoot = path.length === 1 && ROOTS.includes(path[0] ?? '');
      if (!isRoot && !description?.value.trim()) missing.push(path.join('.'));
      const deprecated = directives.find((directive) => directive.name.value === 'deprecated');
      const reason = deprecated?.arguments?.find((argument) => argument.name.value === 'reason')?.value;
      if (deprecated && !(reason?.kind === Kind.STRING && reason.value.trim())) deprecatedWithoutReason.push(path.join('.'));
    },
    leave(node) {
      if (isNamed(node)) path.pop();
    },
  });
  return { missing, deprecatedWithoutReason };
}

const read = (file: string): string => readFileSync(join(projectFolder, 'schema', file), 'utf8');

describe('a stranger who reads the schema', () => {
  const api = createSupergraph(read('supergraph.graphql'), { from: 'schema/supergraph.graphql' }).schema;
  const schemas: [string, () => string][] = [
    ['schema/users.graphql', () => read('users.graphql')],
    ['schema/payments.graphql', () => read('payments.graphql')],
    ['the schema that clients see', () => printSchema(api)],
  ];

  it.each(schemas)('finds a description of everything, and a reason for each deprecation, in %s', (_name, sdl) => {
    expect(findUndescribed(sdl())).toEqual({ missing: [], deprecatedWithoutReason: [] });
  });

  it('finds no directives that mean nothing to clients', () => {
    expect(api.getDirectives().flatMap((directive) => (isSpecifiedDirective(directive) ? [] : directive.name))).toEqual(['defer']);
  });

  it('is not told of what has none: the test itself finds it', () => {
    expect(findUndescribed('type A { b(c: Int): Int "d" e: E @deprecated } enum E { F } extend type G { "h" h: Int }')).toEqual({
      missing: ['A', 'A.b', 'A.b.c', 'E', 'E.F'],
      deprecatedWithoutReason: ['A.e'],
    });
  });
});
