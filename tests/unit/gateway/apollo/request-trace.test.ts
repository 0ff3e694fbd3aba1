import { describe, expect, it } from '@jest/globals';
import { Trace } from '@apollo/usage-reporting-protobuf';
import { createRequestTrace } from '../../../../gateway/apollo/request-trace.ts';
import type { FetchNode } from '../../../../gateway/planning/executable-plan.ts';

const fetch: FetchNode = {
  kind: 'fetch',
  id: undefined,
  subgraph: 'notes',
  query: '{notes}',
  operationName: undefined,
  variables: [],
  path: [],
  entities: undefined,
  rootFields: ['notes'],
  outputRewrites: [],
  exactNumbers: false,
  renamed: new Map(),
};
const ftv1 = (durationNs: number): string => Buffer.from(Trace.encode(new Trace({ durationNs })).finish()).toString('base64');

describe('the trace of a request', () => {
  it('tells of the last one, where a fetch is sent twice for different contexts', () => {
    const trace = createRequestTrace({ startedAt: process.hrtime(), rootType: 'Query' });

    const [first, second] = [trace.sent(fetch), trace.sent(fetch)];
    second({ ftv1: ftv1(2) });
    first({ ftv1: ftv1(1) });

    expect(trace.toQueryPlan(fetch)?.fetch?.trace?.durationNs).toBe(2);
  });

  it('says so when what a subgraph tells of itself cannot be read', () => {
    const trace = createRequestTrace({ startedAt: process.hrtime(), rootType: 'Query' });

    trace.sent(fetch)({ ftv1: Buffer.from([255, 255, 255]).toString('base64') });

    expect(trace.toQueryPlan(fetch)?.fetch?.traceParsingFailed).toBe(true);
  });
});
