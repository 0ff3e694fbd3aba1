import type {} from 'expect'; // what is added to below must be there; nothing is loaded
import { toCallService, type CallExpectation } from './to-call-service.ts';
import { toComposeWith, type NamedSdls } from './to-compose-with.ts';
import { toMatchQueryPlan } from './to-match-query-plan.ts';

/** Jest matchers for federated graphs: `expect.extend(graphMatchers)`, once a test file or in a `setupFilesAfterEnv` file. */
export const graphMatchers = { toCallService, toMatchQueryPlan, toComposeWith };

/** How the matchers look on `expect(…)`. */
export interface GraphMatchers<R> {
  /**
   * On a result, a subscription or a graph: the gateway asked this subgraph.
   * @param expected how often, or which calls: `{ times?, query?, variables?, headers? }`; default: at least once
   */
  toCallService(service: string, expected?: number | CallExpectation): R;
  /** On a result, a subscription or a plan's text: this is the query plan. Indentation does not count. */
  toMatchQueryPlan(plan: string): R;
  /** On an SDL, or `{ name: sdl }`: it composes into one supergraph with these. */
  toComposeWith(...others: NamedSdls[]): R;
}

declare module 'expect' {
  // oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-unused-vars -- how an interface of another package is added to
  interface Matchers<R extends void | Promise<void>, T = unknown> extends GraphMatchers<R> {}
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the global expect of @types/jest is typed so
  namespace jest {
    // oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-unused-vars -- as above
    interface Matchers<R, T> extends GraphMatchers<R> {}
  }
}
