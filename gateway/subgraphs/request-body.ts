import { toJson } from '../numerals/hidden-numerals.ts';
import type { SubgraphRequest } from './subgraph-client.ts';

/** What stays the same of all bodies of one fetch of a plan: everything but the variables. */
interface Frame {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly start: string;
  readonly end: string;
}

/** Bodies as JSON, members in the order of the specification, without what is absent. The frame of each fetch is written once and kept as long as its plan. */
export function createBodyWriter(): (request: SubgraphRequest) => string {
  const frames = new WeakMap<object, Frame>();
  return ({ query, variables, operationName, fetch }) => {
    if (!fetch || !variables) return toJson({ query, variables, operationName });
    let frame = frames.get(fetch);
    if (frame?.query !== query || frame.operationName !== operationName) {
      frame = toFrame(query, operationName);
      frames.set(fetch, frame);
    }
    return frame.start + toJson(variables) + frame.end;
  };
}

function toFrame(query: string, operationName: string | undefined): Frame {
  return {
    query,
    operationName,
    start: `{"query":${JSON.stringify(query)},"variables":`,
    end: operationName === undefined ? '}' : `,"operationName":${JSON.stringify(operationName)}}`,
  };
}
