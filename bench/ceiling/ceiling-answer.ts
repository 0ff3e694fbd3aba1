import type { SubgraphName } from '../graph/subgraph-names.ts';
import type { SubgraphCall } from './subgraph-call.ts';

export interface CeilingRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** A request's answer as text, made of answers of subgraphs by a program that knows this one workload. */
export type CeilingAnswer = (request: CeilingRequest, calls: Readonly<Record<SubgraphName, SubgraphCall>>) => Promise<string>;
