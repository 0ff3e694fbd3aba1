import createRouter from 'find-my-way';
import type { GraphQLSchema } from 'graphql';
import type { RestFile } from './read-folder.ts';
import { toStoredOperation, type StoredOperation } from './stored-operation.ts';

/** An operation, and what its path's braces held, decoded. */
export interface FoundRoute {
  readonly operation: StoredOperation;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** All operations by method and path. Belongs to one schema. */
export interface RestRoutes {
  readonly schema: GraphQLSchema;
  readonly operations: readonly StoredOperation[];
  /** @param path below the mount, as it came, with percent-encoding that decodes */
  find(method: string, path: string): FoundRoute | undefined;
  /** The methods that the path has, HEAD beside GET. Empty: there is nothing at this path. */
  methodsAt(path: string): readonly string[];
}

/** Node bounds a request's head to 16 kB; the router need not. */
const MAX_PARAMETER_LENGTH = 20_000;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** @returns the routes of all files that are right, and the problems of the others, with file and line */
export function createRoutes(
  files: readonly RestFile[],
  schema: GraphQLSchema,
): { readonly routes: RestRoutes; readonly problems: readonly string[] } {
  const router = createRouter({ maxParamLength: MAX_PARAMETER_LENGTH });
  const problems: string[] = [];
  const operations: StoredOperation[] = [];
  const taken = new Map<string, StoredOperation>();
  for (const file of files) {
    const operation = toStoredOperation(file, schema);
    if ('problems' in operation) {
      problems.push(...operation.problems);
      continue;
    }
    const route = `${operation.method} ${operation.path.replace(/\{[^{}]*\}/g, '{}')}`;
    const other = taken.get(route) ?? taken.get(operation.id);
    if (other) {
      const what = taken.has(route) ? `${operation.method} ${operation.path}` : `the operation name ${operation.id}`;
      problems.push(`${operation.file}: ${what} is taken by ${other.file}`);
      continue;
    }
    taken.set(route, operation).set(operation.id, operation);
    operations.push(operation);
    router.on(operation.method, operation.path.replace(/\{([^{}]*)\}/g, ':$1'), ignore, operation);
  }
  const find = (method: (typeof METHODS)[number], path: string): FoundRoute | undefined => {
    const found = router.find(method, path);
    if (!found || Object.values(found.params).some((value) => value === '')) return undefined;
    return { operation: found.store as StoredOperation, parameters: found.params };
  };
  return {
    problems,
    routes: {
      schema,
      operations,
      find(method, path) {
        const known = METHODS.find((name) => name === (method === 'HEAD' ? 'GET' : method));
        return known && find(known, path);
      },
      methodsAt: (path) =>
        METHODS.filter((method) => find(method, path)).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    },
  };
}

/** The router wants something to call; we only ask it. */
function ignore(): void {}
