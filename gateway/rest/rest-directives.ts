import { GraphQLSchema, buildSchema, type GraphQLDirective } from 'graphql';

/**
 * What a stored operation may say of itself and of its variables. Only the gateway reads these: they are taken off before the operation is run.
 * The names of the two types cannot meet those of a composed supergraph.
 */
export const REST_SDL = `
"Exposes this operation as REST."
directive @rest(
  "GET for a query or a subscription; POST, PUT, PATCH or DELETE for a mutation; POST also for a query with a large input."
  method: rest__Method!
  "Below the mount, with variables in braces: /users/{id}."
  path: String!
  "Where in the data the answer is, by response names: user.payments. Default: the whole data."
  result: String
  "Status of success."
  status: Int = 200
  "The Location header, below the mount, with places in the answer in braces: /payments/{id}."
  location: String
  "A null answer is a 404 with this detail. Without it, it is a success with null."
  notFound: String
  "Seconds for the Retry-After header of that 404."
  retryAfter: Int
  "Statuses of error codes, where the general rules do not fit: { INSUFFICIENT_FUNDS: 422 }."
  statuses: rest__Statuses
  "Subscriptions: the name of each event. Default: message, which is what EventSource.onmessage hears."
  event: String
  "Subscriptions: where in the event its id is; a client that comes back sends the last one as Last-Event-ID."
  eventId: String
) on QUERY | MUTATION | SUBSCRIPTION

"The variable comes from this header."
directive @header(name: String!) on VARIABLE_DEFINITION
"The variable comes from this parameter of the query string; with @header too, the header goes first."
directive @query(name: String!) on VARIABLE_DEFINITION
"The variable is the whole body."
directive @body on VARIABLE_DEFINITION

enum rest__Method { GET POST PUT PATCH DELETE }
scalar rest__Statuses
`;

export type RestMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The arguments of `@rest`, with defaults, as graphql-js reads them. */
export interface RestArguments {
  readonly method: RestMethod;
  readonly path: string;
  readonly result?: string;
  readonly status: number;
  readonly location?: string;
  readonly notFound?: string;
  readonly retryAfter?: number;
  readonly statuses?: unknown;
  readonly event?: string;
  readonly eventId?: string;
}

const directives = new Map(
  buildSchema(REST_SDL, { assumeValid: true })
    .getDirectives()
    .map((directive) => [directive.name, directive]),
);

function directiveNamed(name: string): GraphQLDirective {
  const found = directives.get(name);
  if (!found) throw new Error(`there is no directive @${name}`);
  return found;
}

export const restDirective = directiveNamed('rest');
export const headerDirective = directiveNamed('header');
export const queryDirective = directiveNamed('query');
export const bodyDirective = directiveNamed('body');

const OURS = [restDirective, headerDirective, queryDirective, bodyDirective];

/** A schema that knows our directives too, so that graphql-js's own validation covers them; ours hide a schema's own of the same name. */
export function withRestDirectives(schema: GraphQLSchema): GraphQLSchema {
  const others = schema.getDirectives().filter(({ name }) => !OURS.some((ours) => ours.name === name));
  return new GraphQLSchema({ ...schema.toConfig(), directives: [...others, ...OURS], assumeValid: true });
}
