import type { GatewayResult } from '../engine.ts';
import { numeralOf, toJson } from '../numerals/hidden-numerals.ts';
import { STREAMING_HEADERS, TOO_SLOW, type StreamFormat } from '../transports/stream-format.ts';
import { problemOfErrors, type Problem, type ProblemScope } from './problem.ts';
import { valueAt } from './selection.ts';
import type { StoredOperation } from './stored-operation.ts';

/** How soon an EventSource comes back after its stream ended, milliseconds. */
const RETRY_MS = 1_000;
/** The same after something that takes time to mend. */
const RETRY_LATER_MS = 5_000;
/** An id with one of these would end its line, or be ignored by clients. */
const NOT_IN_AN_ID = /[\0\r\n]/;

/**
 * Server-sent events for an EventSource: `id` is the event's own, `event` its name, `data` the answer alone. What cannot be told as an event
 * is `event: problem`, and the stream ends behind it without `complete`: the client comes back with the last id that it has, so nothing is left out.
 * One for each stream: it remembers whether it failed.
 */
export function createEventFormat(operation: StoredOperation, scope: ProblemScope): StreamFormat {
  let failed = false;
  return {
    headers: { ...STREAMING_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' },
    opening: `retry: ${RETRY_MS}\n\n`,
    keepAlive: ':\n\n',
    encode(result) {
      const value = valueAt(result.data, operation.result);
      failed = isFailure(result, operation);
      if (failed) return encodeProblem(problemOfErrors(result.errors ?? [], scope));
      const found = operation.eventId && valueAt(value, operation.eventId);
      const id = numeralOf(found) ?? found;
      const idLine = (typeof id === 'string' || typeof id === 'number') && !NOT_IN_AN_ID.test(String(id)) ? `id: ${id}\n` : '';
      const nameLine = operation.event === undefined ? '' : `event: ${operation.event}\n`;
      // Only a stream without a cursor can lose events, while the gateway reconnects to the subgraph.
      const gap = result.extensions?.['eventsMayBeMissing'] === true ? 'event: gap\ndata: {}\n\n' : '';
      return `${gap}${idLine}${nameLine}data: ${toJson(value as object)}\n\n`;
    },
    tooSlow: encodeProblem(problemOfErrors(TOO_SLOW.errors ?? [], scope)),
    get closing() {
      return failed ? '' : 'event: complete\ndata: {}\n\n';
    },
  };
}

/** Whether a result holds no event: there are errors, and nothing where the event should be. */
export function isFailure(result: GatewayResult, { result: path }: Pick<StoredOperation, 'result'>): boolean {
  return Boolean(result.errors?.length) && valueAt(result.data, path) === null;
}

/** A stream that consists of a problem, to a client that comes back by itself. An EventSource gives up for good on any status but 200. */
export function problemStream(problem: Problem): string {
  return `retry: ${RETRY_LATER_MS}\n\n${encodeProblem(problem)}`;
}

function encodeProblem(problem: Problem): string {
  return `event: problem\ndata: ${JSON.stringify(problem)}\n\n`;
}
