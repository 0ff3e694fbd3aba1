import { createHash } from 'node:crypto';
import type { Supergraph as FederationSupergraph } from '@apollo/federation-internals';
import { parse, visit, type GraphQLSchema } from 'graphql';
import { createApolloPlanner } from '../planning/apollo-planner.ts';
import { withDefer } from '../planning/defer-rules.ts';
import { createHivePlanner } from '../planning/hive-planner.ts';
import { withNumberLiterals } from '../planning/with-number-literals.ts';
import { withRequiredCopies } from '../planning/with-required-copies.ts';
import type { SupergraphTypes } from '../planning/executable-plan.ts';
import type { SupergraphInputs } from '../planning/plannable-operation.ts';
import type { RequiredCopies } from '../planning/required-copies.ts';
import type { Planner, PlannerName } from '../planning/planner.ts';
import { copyRequiredFields } from './copy-required-fields.ts';
import { parseSupergraph } from './parse-supergraph.ts';
import { readTypes } from './read-types.ts';

/** One supergraph, ready for requests. Never changes; a newer one takes its place. */
export interface Supergraph {
  /** Hash of the SDL. */
  readonly id: string;
  readonly sdl: string;
  /** What clients see: hidden elements and federation's own directives are gone. */
  readonly schema: GraphQLSchema;
  readonly planner: Planner;
  readonly types: SupergraphTypes;
  readonly inputs: SupergraphInputs;
  /** Of its progressive @override directives, each once. */
  readonly overrideLabels: readonly string[];
  /** Name → routing URL. */
  readonly subgraphs: ReadonlyMap<string, string>;
  /** What one subgraph knows; made when first asked for. */
  subgraphSchema(name: string): GraphQLSchema | undefined;
}

export interface SupergraphOptions {
  /** The file or place of the SDL, for messages; default `supergraph`. */
  readonly from?: string;
  /** Load a supergraph with @authenticated, @requiresScopes or @policy although nothing enforces them; default false. */
  readonly allowUnenforcedAuthorization?: boolean;
  /** Default `apollo`. */
  readonly planner?: PlannerName;
}

/**
 * Makes a supergraph of its SDL: schema, planner, and what the engine must know of both.
 * @throws ConfigError SUPERGRAPH_INVALID | PLANNER_UNAVAILABLE
 */
export function createSupergraph(sdl: string, options: SupergraphOptions = {}): Supergraph {
  const { from = 'supergraph', allowUnenforcedAuthorization = false, planner = 'apollo' } = options;
  const supergraph = parseSupergraph(sdl, from, { allowUnenforcedAuthorization });
  const types = readTypes(supergraph);
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  const selections = selectedByDirectives(supergraph);
  const withCopies = copyRequiredFields(sdl, selections);
  const apollo = (): Planner => {
    if (!withCopies) return createApolloPlanner(supergraph);
    const seen = withCopies.build();
    return withRequiredCopies(createApolloPlanner(seen), seen, withCopies.copies, types);
  };
  const subgraphSchemas = new Map<string, GraphQLSchema | undefined>();
  return {
    id: createHash('sha256').update(sdl).digest('hex').slice(0, 16),
    sdl,
    schema: withDefer(schema),
    planner: withNumberLiterals(planner === 'hive' ? createHivePlanner(sdl, { from, types, otherwise: apollo }) : apollo(), schema),
    types,
    inputs: inputsOf(selections, withCopies?.copies ?? new Map()),
    overrideLabels: overrideLabelsOf(supergraph),
    subgraphs: new Map(supergraph.subgraphsMetadata().map(({ name, url }) => [name, url])),
    subgraphSchema(name) {
      if (!subgraphSchemas.has(name)) subgraphSchemas.set(name, supergraph.subgraphs().get(name)?.schema.toGraphQLJSSchema());
      return subgraphSchemas.get(name);
    },
  };
}

/** What planners select on their own: for keys, for @requires, and for the values of @fromContext. */
function selectedByDirectives({ schema }: FederationSupergraph): ReadonlySet<string> {
  const applications = ['join__type', 'join__field'].flatMap((name) => [...(schema.directive(name)?.applications() ?? [])]);
  return new Set(applications.flatMap((application) => selectionsOf(application.arguments())));
}

function inputsOf(selections: ReadonlySet<string>, copies: RequiredCopies): SupergraphInputs {
  const fields = new Set<string>(copies.keys());
  const fieldsWithArguments = new Set<string>();
  for (const selection of selections) {
    visit(parse(selection.startsWith('{') ? selection : `{${selection}}`), {
      Field(node) {
        fields.add(node.name.value);
        if (node.arguments?.length) fieldsWithArguments.add(node.name.value);
      },
    });
  }
  return { fields, fieldsWithArguments, copies: new Map([...copies].map(([name, { field }]) => [name, field])) };
}

function overrideLabelsOf({ schema }: FederationSupergraph): string[] {
  const labels = [...(schema.directive('join__field')?.applications() ?? [])].map(
    (join) => (join.arguments() as { overrideLabel?: unknown }).overrideLabel,
  );
  return [...new Set(labels.filter((label) => typeof label === 'string'))];
}

function selectionsOf(args: Readonly<Record<string, unknown>>): string[] {
  const contexts = Array.isArray(args['contextArguments']) ? (args['contextArguments'] as { selection?: unknown }[]) : [];
  return [args['key'], args['requires'], ...contexts.map(({ selection }) => selection)]
    .filter((text): text is string => typeof text === 'string')
    .map((text) => text.trim());
}
