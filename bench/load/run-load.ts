import { performance } from 'node:perf_hooks';
import { HttpConnection, type HttpAnswer } from './http-connection.ts';

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** No request is begun after this time. */
  readonly seconds: number;
  /** At most so many requests; default no limit. */
  readonly requests?: number;
  /** The request of that number, as bytes. */
  readonly bytesAt: (n: number) => Buffer;
  /** The number of the first request. */
  readonly from: number;
  /** Whether `isRight` needs the body; default false. */
  readonly keepBodies?: boolean;
  readonly isRight: (n: number, answer: HttpAnswer) => boolean;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers that were not what was expected, and requests without an answer. */
  readonly wrong: number;
  readonly elapsedMs: number;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
}

const ANSWER_TIMEOUT_MS = 20_000;

/** A closed loop: each connection sends its next request when it has the answer to the last. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { connections, seconds, requests = Number.POSITIVE_INFINITY, bytesAt, from, keepBodies = false, isRight } = options;
  const open = Array.from({ length: connections }, () => new HttpConnection(options.port));
  const overdue = setTimeout(() => open.forEach((connection) => connection.close()), seconds * 1_000 + ANSWER_TIMEOUT_MS);
  const latencies: number[] = [];
  const end = from + requests;
  let next = from;
  let wrong = 0;
  const begunAt = performance.now();
  const stopAt = begunAt + seconds * 1_000;
  const loop = async (connection: HttpConnection): Promise<void> => {
    for (let now = performance.now(); now < stopAt && next < end;) {
      const n = next;
      next += 1;
      const answer = await connection.send(bytesAt(n), keepBodies);
      const answeredAt = performance.now();
      latencies.push(answeredAt - now);
      if (!isRight(n, answer)) wrong += 1;
      now = answeredAt;
    }
  };
  try {
    await Promise.all(open.map((connection) => loop(connection).catch(() => void (wrong += 1))));
  } finally {
    clearTimeout(overdue);
    for (const connection of open) connection.close();
  }
  return { requests: latencies.length, wrong, elapsedMs: performance.now() - begunAt, latencies: Float64Array.from(latencies).sort() };
}
