import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import {
  GraphQLError,
  Source,
  TypeInfo,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  typeFromAST,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { globFiles } from './glob-files.ts';
import { withRestDirectives } from '../../gateway/rest/rest-directives.ts';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';

/** One file of operations that clients send. */
export interface KnownOperations {
  readonly file: string;
  readonly document: DocumentNode;
}

/**
 * Reads the operations of all files that the patterns name.
 * @throws ConfigError for a pattern without a file, and for each file that is not GraphQL
 */
export async function readKnownOperations(patterns: readonly string[]): Promise<KnownOperations[]> {
  const files = new Set<string>();
  const problems: string[] = [];
  for (const pattern of patterns) {
    const found = await globFiles(pattern);
    if (found.length === 0) problems.push(`--operations ${pattern}: no file is named so`);
    for (const file of found) files.add(file);
  }
  const operations: KnownOperations[] = [];
  for (const file of [...files].sort()) {
    const shown = relative(process.cwd(), file) || file;
    try {
      operations.push({ file: shown, document: parse(new Source(await readFile(file, 'utf8'), shown)) });
    } catch (error) {
      const at = error instanceof GraphQLError ? error.locations?.[0] : undefined;
      problems.push(`${shown}${at ? `:${at.line}:${at.column}` : ''}: ${toMessage(error)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return operations;
}

/** What is wrong with an operation, as `file:line: what`; empty when it is valid. It may be one that is exposed as REST. */
export function problemsOf({ file, document }: KnownOperations, schema: GraphQLSchema): string[] {
  return validate(withRestDirectives(schema), document).map((error) => `${file}:${error.locations?.[0]?.line ?? 1}: ${error.message}`);
}

/**
 * The schema coordinates that an operation stands on: `User`, `User.name`, `User.payments.first`, `PaymentStatus.FAILED`. What a variable's
 * type holds counts as used, because nobody knows the values that clients send; so does every value of an enum that is selected.
 */
export function coordinatesOf({ document }: KnownOperations, schema: GraphQLSchema): Set<string> {
  const used = new Set<string>();
  const info = new TypeInfo(schema);
  const useType = (type: GraphQLNamedType | null | undefined): void => {
    if (!type || used.has(type.name)) return;
    used.add(type.name);
    if (isEnumType(type)) for (const { name } of type.getValues()) used.add(`${type.name}.${name}`);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      used.add(`${type.name}.${field.name}`);
      useType(getNamedType(field.type));
    }
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      VariableDefinition: (node) => useType(getNamedType(typeFromAST(schema, node.type as never))),
      NamedType: (node) => useType(schema.getType(node.name.value)),
      Directive: (node) => void used.add(`@${node.name.value}`),
      Field: () => {
        const [parent, field] = [info.getParentType(), info.getFieldDef()];
        if (!parent || !field) return;
        for (const type of withRelatives(parent, schema)) {
          used.add(type);
          used.add(`${type}.${field.name}`);
        }
        useType(getNamedType(field.type));
        for (const argument of field.args) if (argument.defaultValue === undefined) useRequired(argument.name, field.name, parent);
      },
      Argument: (node) => {
        const [parent, field] = [info.getParentType(), info.getFieldDef()];
        const directive = info.getDirective();
        if (directive) used.add(`@${directive.name}.${node.name.value}`);
        else if (parent && field) used.add(`${parent.name}.${field.name}.${node.name.value}`);
        useType(getNamedType(info.getInputType()));
      },
    }),
  );
  return used;

  function useRequired(argument: string, field: string, parent: GraphQLNamedType): void {
    used.add(`${parent.name}.${field}.${argument}`);
  }
}

/** A field selected on an interface is one of every type that implements it, and the other way round for the interface's own definition. */
function withRelatives(type: GraphQLNamedType, schema: GraphQLSchema): string[] {
  if (isInterfaceType(type)) return [type.name, ...schema.getPossibleTypes(type).map(({ name }) => name)];
  return isObjectType(type) ? [type.name, ...type.getInterfaces().map(({ name }) => name)] : [type.name];
}
