import type { GraphQLFormattedError } from 'graphql';
import type { ResponsePath } from './targets.ts';

/** A place whose data is missing. */
interface Explained {
  readonly path: ResponsePath;
  /** Because of this one; undefined: because of one that is `ofInput` already. */
  readonly error: GraphQLFormattedError | undefined;
}

/** The errors of one answer, and the places that they explain: a null there needs no error of its own. */
export class ErrorLog {
  readonly errors: GraphQLFormattedError[] = [];
  readonly #explained: Explained[] = [];
  readonly #ofInputs = new Set<GraphQLFormattedError>();
  readonly #before: ErrorLog | undefined;

  /** @param before errors of the parts of the answer that this part hangs below: what they explain is explained here too */
  constructor(before?: ErrorLog) {
    this.#before = before;
  }

  get isEmpty(): boolean {
    return this.errors.length === 0 && (this.#before?.isEmpty ?? true);
  }

  /**
   * @param path in the client's response; also where nulls are explained by this error
   * @returns the error as it is told
   */
  add(error: Omit<GraphQLFormattedError, 'path'>, path: ResponsePath | undefined): GraphQLFormattedError {
    const told = path ? { ...error, path } : error;
    this.errors.push(told);
    if (path) this.#explained.push({ path, error: told });
    return told;
  }

  /** A place whose data is missing because of an error that was added for another place. */
  explain(path: ResponsePath, error?: GraphQLFormattedError): void {
    this.#explained.push({ path, error });
  }

  /**
   * As `explains`, for an input without which something cannot be asked for. The error is one `ofInput` from then on: also where the client did
   * not select the input, it tells why what was not asked for is missing.
   */
  explainsInput(path: ResponsePath): boolean {
    const found = this.#find(path);
    if (found?.error) this.#ofInputs.add(found.error);
    return found !== undefined || (this.#before?.explainsInput(path) ?? false);
  }

  isOfInput(error: GraphQLFormattedError): boolean {
    return this.#ofInputs.has(error) || (this.#before?.isOfInput(error) ?? false);
  }

  /** Takes over what another log has, without what it hangs below. */
  absorb(other: ErrorLog): void {
    this.errors.push(...other.errors);
    this.#explained.push(...other.#explained);
    for (const error of other.#ofInputs) this.#ofInputs.add(error);
  }

  /** True when an error lies at the place, above it, or below it (its null has come up). */
  explains(path: ResponsePath): boolean {
    return this.#find(path) !== undefined || (this.#before?.explains(path) ?? false);
  }

  #find(path: ResponsePath): Explained | undefined {
    return this.#explained.find(({ path: explained }) => {
      const shared = Math.min(explained.length, path.length);
      for (let index = 0; index < shared; index += 1) if (explained[index] !== path[index]) return false;
      return true;
    });
  }
}
