import type { GraphQLFormattedError } from 'graphql';
import type { GatewayResult } from '../engine.ts';
import type { SubgraphCall } from './call-recorder.ts';

/** What a resolver threw, as it was thrown: with its stack. */
export interface ThrownError {
  readonly service: string;
  /** Where in the subgraph's own answer: `_entities.0.name`. */
  readonly path: string;
  readonly error: unknown;
}

/** What the kit knows of one operation besides its answer. */
export interface OperationRecord {
  readonly calls: readonly SubgraphCall[];
  readonly thrown: readonly ThrownError[];
  /** Names of all subgraphs of the graph. */
  readonly services: readonly string[];
  /** @throws Error when the operation has no plan, because it was refused */
  readonly plan: string;
}

/**
 * What a client got for one operation. Only `data`, `errors` and `extensions` are properties of its own, so that
 * `expect(result).toEqual({ data: … })` compares what came over the wire.
 */
export class TestResult<Data = Record<string, unknown>> {
  declare readonly data?: Data | null;
  declare readonly errors?: readonly GraphQLFormattedError[];
  declare readonly extensions?: Readonly<Record<string, unknown>>;
  readonly #record: OperationRecord;

  constructor(result: GatewayResult, record: OperationRecord) {
    Object.assign(this, result);
    this.#record = record;
  }

  /** What the subgraphs were asked for this operation, in order. */
  get calls(): readonly SubgraphCall[] {
    return this.#record.calls;
  }

  /** The errors that resolvers of the kit's own subgraphs threw for it, with their stacks. Empty for events of a subscription: see the graph's. */
  get thrown(): readonly ThrownError[] {
    return this.#record.thrown;
  }

  /** Names of the graph's subgraphs. */
  get services(): readonly string[] {
    return this.#record.services;
  }

  /** The operation's query plan as text: `expect(result.plan).toMatchInlineSnapshot()`. @throws Error for an operation that was refused */
  get plan(): string {
    return this.#record.plan;
  }
}
