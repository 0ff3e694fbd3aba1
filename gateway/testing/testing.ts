/** The package's export `paygraph/testing`: everything that is public of this folder. docs/testing.md tells how to use it. */
export { fakeSubgraph, type FakeSubgraph, type FakeSubgraphOptions } from './fake-subgraph.ts';
export type { FakeField, FakeType } from './fake-overrides.ts';
export { graphMatchers, type GraphMatchers } from './graph-matchers.ts';
export {
  startTestGraph,
  type LocalSubgraph,
  type RemoteSubgraph,
  type TestGraph,
  type TestGraphOptions,
  type TestOperation,
} from './start-test-graph.ts';
export type { SubgraphCall } from './call-recorder.ts';
export type { SubgraphResolvers } from './subgraph-schema.ts';
export type { TestResult, ThrownError } from './test-result.ts';
export type { TestSubscription } from './test-subscription.ts';
export type { CallExpectation } from './to-call-service.ts';
export type { NamedSdls } from './to-compose-with.ts';
