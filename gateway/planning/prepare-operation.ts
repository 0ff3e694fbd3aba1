import {
  BREAK,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { GatewayRequest, PreparedOperation, Refusal } from '../engine.ts';
import { maskError } from '../execution/mask-error.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { bindPlan, type NormalPlan } from './bind-plan.ts';
import { compileDefer, type DeferredPlan } from './compile-defer.ts';
import { compilePlan, type CompileContext } from './compile-plan.ts';
import type { CursorNames } from './compile-cursor.ts';
import { comparesTooMuch } from './compares-too-much.ts';
import { deferRules } from './defer-rules.ts';
import { isDefer } from './deferred-fragments.ts';
import type { ExecutablePlan } from './executable-plan.ts';
import { measureNesting } from './measure-nesting.ts';
import { measureOperation } from './measure-operation.ts';
import { toNormalOperation, type NormalOperation } from './normal-operation.ts';
import { toPlannableOperation, type PlannableOperation } from './plannable-operation.ts';
import type { ActiveLabels } from './override-labels.ts';
import { PlannerGaveUp } from './planner.ts';
import { UnreachableField } from './unreachable-field.ts';

export interface PlannedOperation extends PreparedOperation {
  readonly plan: ExecutablePlan;
  /**
   * The plan that answers in parts, made when it is first asked for.
   * @returns undefined when the operation has no @defer, or the planner cannot make such a plan of it
   */
  readonly deferredPlan: () => DeferredPlan | undefined;
}

export interface PrepareLimits {
  /** Most tokens of a document; default 15,000. */
  readonly maxTokens: number;
  /** How deep brackets may be nested in a document, and selections with fragments written out; default 200. */
  readonly maxDepth: number;
  /** Most selections of an operation with fragments written out; default 20,000. */
  readonly maxSelections: number;
  /** Most fields of an operation with an alias, with fragments written out; default 1,000: planners compare each with each. */
  readonly maxAliases: number;
}

export interface PrepareOptions extends PrepareLimits {
  readonly introspection: boolean;
  readonly cursor: CursorNames;
  readonly logger: Logger;
  /** Labels of @override that hold; default none. */
  readonly active?: ActiveLabels;
}

/** Plans by the normal form of what they are for; they belong to one supergraph and one set of options. */
export interface NormalPlans {
  get(key: string): NormalPlan | undefined;
  set(key: string, plan: NormalPlan): void;
}

const MAX_VALIDATION_ERRORS = 50;
const COMPARES_TOO_MUCH = 'Some place selects fields so often that it cannot be checked whether they go together.';
/** Longest document whose mistakes are compared with all names that could have been meant: that takes seconds for a name of a megabyte. */
const MAX_LENGTH_WITH_SUGGESTIONS = 10_000;

/**
 * Parses, validates, plans and compiles one request. Never throws.
 * @param known looked into for the plan of an operation with the same normal form, and filled; absent: the operation is planned as it stands
 */
export function prepareOperation(
  request: GatewayRequest,
  supergraph: Supergraph,
  options: PrepareOptions,
  known?: NormalPlans,
): { operation: PlannedOperation } | { refusal: Refusal } {
  try {
    return { operation: prepare(request, supergraph, options, known) };
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.refusal };
    if (error instanceof RangeError)
      return { refusal: refused('validate', 'GRAPHQL_VALIDATION_FAILED', 'The document is nested too deeply.').refusal };
    return { refusal: { stage: 'plan', errors: [maskError(error, options.logger)] } };
  }
}

/** Carries a refusal out of the steps below. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super();
    this.refusal = refusal;
  }
}

function prepare(request: GatewayRequest, supergraph: Supergraph, options: PrepareOptions, known?: NormalPlans): PlannedOperation {
  const { schema } = supergraph;
  const document = parseDocument(request.query, options);
  const normal = known && toNormalOperation(document, schema);
  const sibling = normal && known.get(normal.key);
  if (sibling) return bind(document, selectOperation(document, request.operationName), normal, sibling, schema); // valid, because that one was
  validateDocument(document, supergraph, options.introspection, request.query.length > MAX_LENGTH_WITH_SUGGESTIONS);
  const definition = selectOperation(document, request.operationName);
  if (!schema.getRootType(definition.operation)) {
    throw refused('validate', 'GRAPHQL_VALIDATION_FAILED', `The schema has no ${definition.operation}s.`);
  }
  const size = measureOperation(document, definition);
  if (size.depth > options.maxDepth)
    throw refused(
      'validate',
      'GRAPHQL_VALIDATION_FAILED',
      `The operation is ${size.depth} levels deep; at most ${options.maxDepth} are allowed.`,
    );
  if (size.selections > options.maxSelections) {
    throw refused(
      'validate',
      'GRAPHQL_VALIDATION_FAILED',
      `The operation has ${size.selections} selections when its fragments are written out; at most ${options.maxSelections} are allowed.`,
    );
  }
  if (size.aliases > options.maxAliases) {
    throw refused(
      'validate',
      'GRAPHQL_VALIDATION_FAILED',
      `The operation has ${size.aliases} aliases when its fragments are written out; at most ${options.maxAliases} are allowed.`,
    );
  }
  if (normal && known) {
    const { plan, plannable } = planOperation(normal.document, normal.definition, supergraph, options);
    const made: NormalPlan = { plan, plannable, operationName: definition.name?.value };
    known.set(normal.key, made);
    return bind(document, definition, normal, made, schema);
  }
  const { plan } = planOperation(document, definition, supergraph, options);
  const kind = definition.operation;
  const deferrable = kind !== OperationTypeNode.SUBSCRIPTION && supergraph.planner.planDeferred !== undefined && hasDefer(document);
  return {
    kind,
    document,
    operationName: definition.name?.value,
    deferrable,
    plan,
    deferredPlan: deferrable ? once(() => planDeferred(document, definition, supergraph, options)) : () => undefined,
  };
}

function bind(
  document: DocumentNode,
  definition: OperationDefinitionNode,
  normal: NormalOperation,
  made: NormalPlan,
  schema: GraphQLSchema,
): PlannedOperation {
  return {
    kind: definition.operation,
    document,
    operationName: definition.name?.value,
    deferrable: false, // a normal form has no @defer
    plan: bindPlan(made, normal, definition, schema),
    deferredPlan: () => undefined,
  };
}

function parseDocument(query: string, { maxTokens, maxDepth }: PrepareLimits): DocumentNode {
  // The parser is recursive, so depth is looked at before it runs.
  if (measureNesting(query) > maxDepth)
    throw refused('parse', 'GRAPHQL_PARSE_FAILED', `Syntax Error: brackets are nested more than ${maxDepth} levels deep.`);
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    throw error instanceof GraphQLError ? refusedFor('parse', 'GRAPHQL_PARSE_FAILED', [error]) : error;
  }
}

function validateDocument(document: DocumentNode, { schema }: Supergraph, introspection: boolean, hideSuggestions: boolean): void {
  if (comparesTooMuch(document)) throw refused('validate', 'GRAPHQL_VALIDATION_FAILED', COMPARES_TOO_MUCH);
  const rules: ValidationRule[] = [...deferRules, ...specifiedRules, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  const errors = withoutThrowing(() => validate(schema, document, rules, { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions }));
  const clear = errors.filter(({ message }) => !message.startsWith('Unknown directive "@stream"')); // said better by our own rule
  if (clear.length > 0) throw refusedFor('validate', 'GRAPHQL_VALIDATION_FAILED', clear.map(withReason));
}

/** graphql-js wants to know which field a subscription has before there are variables, and throws where one decides that. */
function withoutThrowing(check: () => readonly GraphQLError[]): readonly GraphQLError[] {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const message = 'The field of a subscription cannot depend on a variable: take away its @skip and @include.';
    return [new GraphQLError(message, { nodes: error.nodes ?? null })];
  }
}

/** graphql-js gives up comparing fields that are selected too often at one place, and does not say so. */
function withReason(error: GraphQLError): GraphQLError {
  if (error.message !== 'Validation aborted.') return error;
  return new GraphQLError(COMPARES_TOO_MUCH);
}

function selectOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const found = name === undefined ? operations : operations.filter((operation) => operation.name?.value === name);
  const [first, second] = found;
  const refuse = (message: string): Refused => refused('select-operation', 'OPERATION_RESOLUTION_FAILURE', message);
  if (second) throw refuse('Must provide operation name if query contains multiple operations.');
  if (!first) throw refuse(name === undefined ? 'Must provide an operation.' : `Unknown operation named "${name}".`);
  return first;
}

function planOperation(
  document: DocumentNode,
  definition: OperationDefinitionNode,
  supergraph: Supergraph,
  options: PrepareOptions,
): { readonly plan: ExecutablePlan; readonly plannable: PlannableOperation } {
  const plannable = toPlannableOperation(document, definition, supergraph.inputs);
  try {
    const planned = supergraph.planner.plan({ kind: Kind.DOCUMENT, definitions: [plannable.operation] }, options.active);
    return { plan: compilePlan(planned, plannable, definition, compileContext(supergraph, options)), plannable };
  } catch (error) {
    if (error instanceof PlannerGaveUp) {
      options.logger.warn({ err: error.cause, operationName: definition.name?.value }, `an operation cannot be planned: ${error.message}`);
      throw refused('plan', 'PLANNING_FAILED', `The operation cannot be planned: ${error.message}.`);
    }
    if (!(error instanceof UnreachableField)) throw error;
    throw refused('plan', 'PLANNING_FAILED', `No subgraph can be asked for ${error.message} from here.`);
  }
}

/** What one answer can be made of can always be had: if this plan fails, the client gets everything at once. */
function planDeferred(
  document: DocumentNode,
  definition: OperationDefinitionNode,
  supergraph: Supergraph,
  options: PrepareOptions,
): DeferredPlan | undefined {
  try {
    const plannable = toPlannableOperation(document, definition, supergraph.inputs, { keepDefer: true });
    if (plannable.deferred.size === 0) return undefined;
    const planned = supergraph.planner.planDeferred?.({ kind: Kind.DOCUMENT, definitions: [plannable.operation] }, options.active);
    return compileDefer(planned, plannable, definition, compileContext(supergraph, options));
  } catch (error) {
    options.logger.warn(
      { err: error, operationName: definition.name?.value },
      'an operation with @defer is answered at once: it could not be planned in parts',
    );
    return undefined;
  }
}

function compileContext(supergraph: Supergraph, { cursor }: PrepareOptions): CompileContext {
  return { schema: supergraph.schema, types: supergraph.types, subgraphSchema: (name) => supergraph.subgraphSchema(name), cursor };
}

function hasDefer(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive(node) {
      if (!isDefer(node)) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function refused(stage: Refusal['stage'], code: string, message: string): Refused {
  return refusedFor(stage, code, [new GraphQLError(message)]);
}

function refusedFor(stage: Refusal['stage'], code: string, errors: readonly GraphQLError[]): Refused {
  return new Refused({ stage, errors: errors.map((error) => ({ ...error.toJSON(), extensions: { code, ...error.extensions } })) });
}
