export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** One kind of load. Every gateway gets the same requests in the same order. */
export interface Workload {
  readonly name: string;
  /** One line for the results. */
  readonly description: string;
  /** The request of that number, from 0 upwards without an end. */
  requestAt(n: number): GraphqlRequest;
  /** How many requests there are before they repeat; Infinity when they never do. More than there are connections, because gateways share equal requests in flight, but where that is what is measured. */
  readonly distinct: number;
  /** Measured only when it is named. */
  readonly onlyWhenNamed?: true;
  /** Whether a program without GraphQL can be written for it. */
  readonly hasCeiling: boolean;
  /** The answers carry errors. */
  readonly expectsErrors?: true;
}
