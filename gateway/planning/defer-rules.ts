import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLError,
  GraphQLNonNull,
  GraphQLSchema,
  GraphQLString,
  Kind,
  OperationTypeNode,
  type ArgumentNode,
  type DirectiveNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { isDefer } from './deferred-fragments.ts';

const deferDefinition = new GraphQLDirective({
  name: 'defer',
  description: 'The fields of this fragment may come later than the rest of the answer.',
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: {
    if: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true, description: 'Deferred when true or absent.' },
    label: { type: GraphQLString, description: 'A unique name, by which the client knows the part when it comes.' },
  },
});

/** The same schema with @defer, which graphql-js 16 does not know. */
export function withDefer(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives.filter(({ name }) => name !== 'defer'), deferDefinition] });
}

/** @stream is another matter: a gateway would have to hold back what subgraphs sent already. */
const noStream: ValidationRule = (context) => ({
  Directive(node) {
    if (node.name.value !== 'stream' || context.getSchema().getDirective('stream')) return;
    context.reportError(new GraphQLError('Incremental delivery of lists is not supported: remove @stream.', { nodes: node }));
  },
});

/** https://github.com/graphql/graphql-spec/blob/incremental-integration/spec/Section%205%20--%20Validation.md "Defer And Stream Directive Labels Are Unique" */
const labelsAreUnique: ValidationRule = (context) => {
  const known = new Map<string, ArgumentNode>();
  return {
    Directive(node) {
      const label = isDefer(node) ? node.arguments?.find(({ name }) => name.value === 'label') : undefined;
      if (!label || label.value.kind === Kind.NULL) return;
      if (label.value.kind !== Kind.STRING) {
        // A value of another kind is refused as such by the rules for all arguments.
        if (label.value.kind === Kind.VARIABLE)
          context.reportError(new GraphQLError('Argument "@defer(label:)" must be a static string.', { nodes: label }));
        return;
      }
      const other = known.get(label.value.value);
      if (other)
        context.reportError(
          new GraphQLError(`Value for arguments "@defer(label:)" must be unique, but "${label.value.value}" is used twice.`, {
            nodes: [other, label],
          }),
        );
      else known.set(label.value.value, label);
    },
  };
};

/** The same place, "Defer And Stream Directives Are Used On Valid Root Field": the fields of a mutation run in their order, one by one. */
const notOnMutationRoot: ValidationRule = (context) => ({
  Directive(node) {
    if (!isDefer(node) || isNever(node)) return;
    const parent = context.getParentType();
    const schema = context.getSchema();
    for (const [kind, type] of [
      ['mutation', schema.getMutationType()],
      ['subscription', schema.getSubscriptionType()],
    ] as const) {
      if (type && parent === type)
        context.reportError(new GraphQLError(`@defer cannot be used on the root ${kind} type "${type.name}".`, { nodes: node }));
    }
  },
});

/** The same place, "Defer And Stream Directives Are Used On Valid Operations". */
const notInSubscriptions: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return;
    const fragments = context.getRecursivelyReferencedFragments(operation);
    for (const { selectionSet } of [operation, ...fragments]) {
      for (const node of directivesIn(selectionSet)) {
        if (!isDefer(node) || mayBeOff(node)) continue;
        context.reportError(
          new GraphQLError('@defer cannot be used in a subscription. Disable it by setting its argument "if" to false.', { nodes: node }),
        );
      }
    }
  },
});

export const deferRules: readonly ValidationRule[] = [noStream, labelsAreUnique, notOnMutationRoot, notInSubscriptions];

function* directivesIn(set: SelectionSetNode): Generator<DirectiveNode> {
  for (const selection of set.selections) {
    yield* selection.directives ?? [];
    if ('selectionSet' in selection && selection.selectionSet) yield* directivesIn(selection.selectionSet);
  }
}

function conditionOf(node: DirectiveNode) {
  return node.arguments?.find(({ name }) => name.value === 'if')?.value;
}

function isNever(node: DirectiveNode): boolean {
  const value = conditionOf(node);
  return value?.kind === Kind.BOOLEAN && !value.value;
}

function mayBeOff(node: DirectiveNode): boolean {
  return isNever(node) || conditionOf(node)?.kind === Kind.VARIABLE;
}
