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
  /** Those that have a path, by their text. */
  readonly #told = new Map<string, GraphQLFormattedError>();
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
   * @returns the error as it is told. An equal one that was told already stays the only one: a plan may ask a subgraph for one field twice
   */
  add(error: Omit<GraphQLFormattedError, 'path'>, path: ResponsePath | undefined): GraphQLFormattedError {
    if (!path) {
      this.errors.push(error);
      return error;
    }
    const told = { ...error, path };
    const text = JSON.stringify(told);
    const known = this.#told.get(text);
    if (known) return known;
    this.#told.set(text, told);
    this.errors.push(told);
    this.#explained.push({ path, error: told });
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

  /** Inputs that are null: an error at the place of one, or one below it whose null has come up, is one `ofInput`. */
  noteNullInputs(paths: readonly ResponsePath[]): void {
    const places = new Set(paths.map((path) => JSON.stringify(path))); // there may be many of both
    for (const { path, error } of this.#explained)
      if (error && path.some((_part, index) => places.has(JSON.stringify(path.slice(0, index + 1))))) this.#ofInputs.add(error);
    this.#before?.noteNullInputs(paths);
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
    return this.#explained.find((explained) => isNear(explained.path, path));
  }
}

/** Whether one of them is the other, or lies above it. */
function isNear(one: ResponsePath, other: ResponsePath): boolean {
  const shared = Math.min(one.length, other.length);
  for (let index = 0; index < shared; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
