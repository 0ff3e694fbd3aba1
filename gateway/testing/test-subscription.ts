import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { pause } from '../../platform/foundation/backoff.ts';
import type { GatewayResult } from '../engine.ts';
import type { SubgraphCall } from './call-recorder.ts';
import { TestResult, type OperationRecord } from './test-result.ts';

/** Results that wait for a test that does not read. */
const MAX_WAITING = 10_000;

/** One subscription of a test. A refusal is its first and only result, with `errors`. Leaving it (`return`, `break`, `await using`) ends it upstream. */
export class TestSubscription<Data = Record<string, unknown>> implements AsyncIterableIterator<TestResult<Data>>, AsyncDisposable {
  readonly #record: OperationRecord;
  readonly #end: () => Promise<void>;
  readonly #results: AsyncQueue<TestResult<Data>>;
  readonly #firstArrived: Promise<void>;
  #pending: Promise<IteratorResult<TestResult<Data>>> | undefined;

  /** @param end ends the stream; called once or more */
  constructor(source: AsyncIterable<GatewayResult>, record: OperationRecord, end: () => Promise<void>) {
    this.#record = record;
    this.#end = end;
    this.#results = new AsyncQueue({ bound: MAX_WAITING });
    this.#firstArrived = new Promise((resolve) => void this.#pump(source, resolve));
  }

  /** Settles with the first result, or when the stream ended without any. */
  get firstArrived(): Promise<void> {
    return this.#firstArrived;
  }

  /** What the subgraphs were asked for it up to now: the subscription itself, and what each event needed. */
  get calls(): readonly SubgraphCall[] {
    return this.#record.calls;
  }

  /** Names of the graph's subgraphs. */
  get services(): readonly string[] {
    return this.#record.services;
  }

  /** The plan as text. @throws Error for an operation that was refused */
  get plan(): string {
    return this.#record.plan;
  }

  async next(): Promise<IteratorResult<TestResult<Data>>> {
    const pending = this.#pending ?? this.#results.next();
    this.#pending = undefined;
    return pending;
  }

  /**
   * The next results, as many as asked for.
   * @param withinMs for all of them together; default 5,000
   * @throws Error that says how many came when the stream ended, or the time was up
   */
  async take(count: number, withinMs = 5_000): Promise<TestResult<Data>[]> {
    const taken: TestResult<Data>[] = [];
    const patience = new AbortController();
    const late = pause(withinMs, patience.signal).then(() => 'late' as const);
    try {
      while (taken.length < count) {
        const next = this.next();
        const outcome = await Promise.race([next, late]);
        if (outcome === 'late') {
          this.#pending = next; // the result that comes too late is the next one
          throw new Error(`expected ${count} results within ${withinMs} ms, got ${describe(taken)}`);
        }
        if (outcome.done) throw new Error(`expected ${count} results, but the subscription ended after ${describe(taken)}`);
        taken.push(outcome.value);
      }
      return taken;
    } finally {
      patience.abort();
    }
  }

  async return(): Promise<IteratorResult<TestResult<Data>>> {
    await this.#end();
    return this.#results.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #pump(source: AsyncIterable<GatewayResult>, onFirst: () => void): Promise<void> {
    try {
      for await (const result of source) {
        if (!this.#results.push(new TestResult<Data>(result, this.#record))) throw new Error(`${MAX_WAITING} results wait to be read`);
        onFirst();
      }
      this.#results.end();
    } catch (error) {
      this.#results.fail(error);
      await this.#end().catch(() => undefined); // the first error is the one to tell
    } finally {
      onFirst();
    }
  }
}

function describe(results: readonly unknown[]): string {
  return results.length === 0 ? 'none' : `${results.length}: ${JSON.stringify(results).slice(0, 1_000)}`;
}
