import { HEADERS_OF_ONE_REQUEST } from '../subgraphs/headers-of-one-request.ts';
import type { ExecutionRequest } from './execution.ts';

/** What an operation is, apart from its variables: two supergraphs never share. */
export interface OperationIdentity {
  readonly supergraphId: string;
  readonly query: string;
  readonly operationName: string | undefined;
}

/**
 * Two subscriptions with the same key get the same events: the operation's text, the variables as the client sent them (those that the
 * operation knows), and every forwarded header that says who the caller is. The variable that holds the client's position is left
 * out where it serves for nothing else: clients that come back from different places are after the same stream.
 */
export function shareKey(identity: OperationIdentity, { plan, variables, context }: ExecutionRequest): string {
  const initial = plan.subscription?.cursor?.initial;
  const position = initial?.kind === 'variable' && isUsedOnce(identity.query, initial.name) ? initial.name : undefined;
  const values = plan.variableDefinitions
    .map(({ variable }) => variable.name.value)
    .filter((name) => name !== position && Object.hasOwn(variables, name))
    .map((name) => [name, variables[name]]);
  const headers = Object.entries(context.headers)
    .filter(([name]) => !HEADERS_OF_ONE_REQUEST.has(name))
    .sort();
  return JSON.stringify([identity.supergraphId, identity.operationName ?? null, identity.query, values, headers]);
}

/** Once besides its definition. Text that only looks like it errs on the safe side. */
function isUsedOnce(query: string, variable: string): boolean {
  return query.split(new RegExp(`\\$\\s*${variable}\\b`)).length === 3;
}
