import { LRUCache } from 'lru-cache';

export interface PlanCacheOptions {
  /** Most operations kept; default 2,000. */
  readonly entries?: number;
  /** About how much memory they may take; default 64 MiB. */
  readonly bytes?: number;
}

/**
 * What was found out about a request's text and operation name. Good operations and refusals are kept apart,
 * so that garbage can push out garbage only.
 */
export class PlanCache<Good extends object, Bad extends object> {
  readonly #good: LRUCache<string, Good>;
  readonly #bad = new LRUCache<string, Bad>({ max: 100, maxSize: 1024 * 1024 });

  constructor({ entries = 2_000, bytes = 64 * 1024 * 1024 }: PlanCacheOptions = {}) {
    this.#good = new LRUCache({ max: entries, maxSize: bytes });
  }

  get size(): number {
    return this.#good.size;
  }

  find(query: string, operationName: string | undefined): Good | Bad | undefined {
    if (query.startsWith('\0')) return undefined; // or it could pose as the key of another
    const key = keyOf(query, operationName);
    return this.#good.get(key) ?? this.#bad.get(key);
  }

  /** @param bytes about how much memory the value takes besides its text; larger than the whole cache: it is not kept */
  keep(query: string, operationName: string | undefined, value: Good, bytes: number): void {
    const key = keyOf(query, operationName);
    this.#good.set(key, value, { size: key.length * 2 + bytes });
  }

  keepRefusal(query: string, operationName: string | undefined, refusal: Bad): void {
    const key = keyOf(query, operationName);
    this.#bad.set(key, refusal, { size: key.length * 2 + 1_000 });
  }
}

/** Most requests name no operation: then the text is the key as it stands, and nothing is copied. */
function keyOf(query: string, operationName: string | undefined): string {
  return operationName === undefined ? query : `\0${operationName}\0${query}`;
}
