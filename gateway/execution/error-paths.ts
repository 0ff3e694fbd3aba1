import type { FetchNode } from '../planning/executable-plan.ts';
import type { Execution } from './execution.ts';
import type { Data } from './merge.ts';
import { locateTargets, type ResponsePath } from './targets.ts';

/** Finds where in the client's response a fetch's errors belong. Made only when there is an error: nothing is worked out before. */
export class ErrorPaths {
  readonly #execution: Execution;
  readonly #fetch: FetchNode;
  #located: Map<Data, ResponsePath[]> | undefined;

  constructor(execution: Execution, fetch: FetchNode) {
    this.#execution = execution;
    this.#fetch = fetch;
  }

  /** All places of the given objects: one object may stand in several. */
  of(objects: readonly Data[]): ResponsePath[] {
    this.#located ??= this.#locate();
    return [...new Set(objects)].flatMap((object) => this.#located?.get(object) ?? []);
  }

  /** Names of the plan and of the fetch → names of the client. What is neither a name nor an index ends the path. */
  toClientNames(path: readonly unknown[]): (string | number)[] {
    const { responseNames } = this.#execution.plan.names;
    const names: (string | number)[] = [];
    for (const part of path) {
      if (typeof part === 'number') names.push(part);
      else if (typeof part === 'string') {
        const planned = this.#fetch.renamed.get(part) ?? part;
        names.push(responseNames.get(planned) ?? planned);
      } else break;
    }
    return names;
  }

  #locate(): Map<Data, ResponsePath[]> {
    const located = new Map<Data, ResponsePath[]>();
    for (const steps of [this.#fetch.path, ...(this.#fetch.otherPaths ?? [])]) {
      for (const { object, path } of locateTargets(this.#execution.data, steps)) {
        const clientPath = this.toClientNames(path);
        const paths = located.get(object);
        if (paths) paths.push(clientPath);
        else located.set(object, [clientPath]);
      }
    }
    return located;
  }
}
