import {
  TypeInfo,
  getDirectiveValues,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  typeFromAST,
  valueFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { bodyDirective, headerDirective, queryDirective, type RestArguments } from './rest-directives.ts';
import { canBeText } from './text-value.ts';

/** Where a variable comes from; `name` is the client's name for it. */
export interface InputSource {
  readonly in: 'path' | 'header' | 'query' | 'body' | 'whole body';
  readonly name: string;
}

/** One variable of a stored operation. */
export interface OperationInput {
  readonly variable: string;
  readonly type: GraphQLInputType;
  /** The first that is there is taken. */
  readonly sources: readonly InputSource[];
  readonly required: boolean;
  /** As JSON; undefined when there is none. */
  readonly defaultValue: unknown;
  /** Of the variable itself, or else of the argument that it is used for. */
  readonly description: string | undefined;
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
/** Names of headers as HTTP has them. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Whether requests of this method carry variables in a JSON body. */
export function hasBody(method: string): boolean {
  return WITH_BODY.has(method);
}

/**
 * A variable in the path's braces comes from the path; one with @header, @query or @body from there; every other from the JSON body, or from
 * the query string where the method has no body.
 * @param complain told of everything that does not fit
 */
export function readInputs(
  definition: OperationDefinitionNode,
  document: DocumentNode,
  schema: GraphQLSchema,
  { method, path }: RestArguments,
  complain: (problem: string, node: ASTNode) => void,
): OperationInput[] {
  const inPath = new Set(namesInBraces(path));
  const descriptions = describeUses(document, schema);
  const inputs = (definition.variableDefinitions ?? []).map((node): OperationInput => {
    const variable = node.variable.name.value;
    const type = inputTypeOf(schema, node.type);
    const sources = sourcesOf(node, inPath.has(variable), method);
    for (const source of sources) {
      const problem = problemOf(source, type, method);
      if (problem) complain(`$${variable} ${problem}`, node);
    }
    if (inPath.has(variable) && sources.length > 1) complain(`$${variable} stands in the path and has another source`, node);
    return {
      variable,
      type,
      sources,
      required: isRequiredArgument({ type, defaultValue: node.defaultValue } as never),
      defaultValue: node.defaultValue ? valueFromAST(node.defaultValue, type) : undefined,
      description: node.description?.value ?? descriptions.get(variable),
    };
  });
  const bodies = inputs.filter((input) => input.sources.some((source) => source.in === 'whole body'));
  const members = inputs.filter((input) => input.sources.some((source) => source.in === 'body'));
  if (bodies.length > 1 || (bodies.length === 1 && members.length > 0)) {
    for (const { variable } of bodies.length > 1 ? bodies : members)
      complain(`$${variable} comes from the body, which is another variable as a whole (@body)`, nodeOf(definition, variable));
  }
  for (const name of inPath) {
    if (!inputs.some(({ variable }) => variable === name))
      complain(`{${name}} in the path is no variable of the operation`, nodeOf(definition, ''));
  }
  return inputs;
}

/** The names in `/users/{id}/payments/{payment.id}`. */
export function namesInBraces(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}

function sourcesOf(node: VariableDefinitionNode, isInPath: boolean, method: string): InputSource[] {
  const variable = node.variable.name.value;
  const sources: InputSource[] = isInPath ? [{ in: 'path', name: variable }] : [];
  const header = getDirectiveValues(headerDirective, node)?.['name'];
  const query = getDirectiveValues(queryDirective, node)?.['name'];
  if (typeof header === 'string') sources.push({ in: 'header', name: header });
  if (typeof query === 'string') sources.push({ in: 'query', name: query });
  if (getDirectiveValues(bodyDirective, node)) sources.push({ in: 'whole body', name: '' });
  if (sources.length === 0) sources.push({ in: hasBody(method) ? 'body' : 'query', name: variable });
  return sources;
}

function problemOf(source: InputSource, type: GraphQLInputType, method: string): string | undefined {
  if (source.in === 'whole body') return hasBody(method) ? undefined : `cannot come from the body of a ${method}`;
  if (source.in === 'body') return undefined;
  if (source.in === 'header' && !HEADER_NAME.test(source.name))
    return `comes from ${JSON.stringify(source.name)}, which is no name of a header`;
  if (source.in !== 'query' && isListType(getNullableType(type))) return `is a list, which cannot stand in a ${source.in}`;
  return canBeText(type) ? undefined : `is ${String(type)}, which text cannot say: take it from the body (POST, @body)`;
}

function inputTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLInputType {
  return typeFromAST(schema, node as never) as unknown as GraphQLInputType; // the document is valid: every variable has an input type
}

function nodeOf(definition: OperationDefinitionNode, variable: string): ASTNode {
  return definition.variableDefinitions?.find((node) => node.variable.name.value === variable) ?? definition;
}

/** What the schema says of the arguments and input fields that variables are used for. */
function describeUses(document: DocumentNode, schema: GraphQLSchema): Map<string, string> {
  const descriptions = new Map<string, string>();
  const keep = (variable: string, description: string | null | undefined): void => {
    if (description && !descriptions.has(variable)) descriptions.set(variable, description);
  };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument(node) {
        if (node.value.kind === 'Variable' && !types.getDirective()) keep(node.value.name.value, types.getArgument()?.description);
      },
      ObjectField(node) {
        const parent = types.getParentInputType();
        const object = isNonNullType(parent) ? parent.ofType : parent;
        if (node.value.kind === 'Variable' && isInputObjectType(object))
          keep(node.value.name.value, object.getFields()[node.name.value]?.description);
      },
    }),
  );
  return descriptions;
}
