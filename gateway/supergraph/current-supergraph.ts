import type { Supergraph } from './supergraph.ts';

/** The supergraph that requests are answered with now. Replaced whole, so that nobody sees a half of one and a half of another. */
export class CurrentSupergraph {
  #current: Supergraph | undefined;
  readonly #listeners = new Set<(supergraph: Supergraph) => void>();

  constructor(initial?: Supergraph) {
    this.#current = initial;
  }

  /** undefined until the first one is there. */
  get current(): Supergraph | undefined {
    return this.#current;
  }

  /** Requests that come from now on get the new one; those under way finish on the old one. The same supergraph again changes nothing. */
  replace(supergraph: Supergraph): void {
    if (supergraph.id === this.#current?.id) return;
    this.#current = supergraph;
    for (const listener of this.#listeners) listener(supergraph);
  }

  /** @returns a function that ends it */
  onReplaced(listener: (supergraph: Supergraph) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
