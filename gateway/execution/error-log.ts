import type { GraphQLFormattedError } from 'graphql';
import type { ResponsePath } from './targets.ts';

/** The errors of one answer, and the places that they explain: a null there needs no error of its own. */
export class ErrorLog {
  readonly errors: GraphQLFormattedError[] = [];
  readonly #explained: ResponsePath[] = [];
  readonly #before: ErrorLog | undefined;

  /** @param before errors of the parts of the answer that this part hangs below: what they explain is explained here too */
  constructor(before?: ErrorLog) {
    this.#before = before;
  }

  get isEmpty(): boolean {
    return this.errors.length === 0 && (this.#before?.isEmpty ?? true);
  }

  /** @param path in the client's response; also where nulls are explained by this error */
  add(error: Omit<GraphQLFormattedError, 'path'>, path: ResponsePath | undefined): void {
    this.errors.push(path ? { ...error, path } : error);
    if (path) this.#explained.push(path);
  }

  /** A place whose data is missing because of an error that was added for another place. */
  explain(path: ResponsePath): void {
    this.#explained.push(path);
  }

  /** Takes over what another log has, without what it hangs below. */
  absorb(other: ErrorLog): void {
    this.errors.push(...other.errors);
    this.#explained.push(...other.#explained);
  }

  /** True when an error lies at the place, above it, or below it (its null has come up). */
  explains(path: ResponsePath): boolean {
    if (this.#before?.explains(path)) return true;
    return this.#explained.some((explained) => {
      const shared = Math.min(explained.length, path.length);
      for (let index = 0; index < shared; index += 1) if (explained[index] !== path[index]) return false;
      return true;
    });
  }
}
