import { isDeepStrictEqual } from 'node:util';
import type { ExpectedAnswer } from '../graph/monolith.ts';
import { encodeRequest } from '../load/encode-request.ts';
import { HttpConnection, type HttpAnswer } from '../load/http-connection.ts';
import type { GraphqlRequest, Workload } from '../workloads/workload.ts';

export type Oracle = (query: string, variables?: Record<string, unknown>) => ExpectedAnswer;

export interface CheckedAnswers {
  /** The first answer that was wrong, in words; undefined: all were right. */
  readonly wrong: string | undefined;
  /** Of the answer to the request of that number, for requests that repeat; only those that are going to be sent. */
  readonly bytes: ReadonlyMap<number, number>;
}

const UNSEEN_SAMPLES = 100;
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Asks each of the workload's requests that are going to be sent once, or the first hundred where they never repeat, and compares with what one schema over all
 * the data answers.
 * @param sent which are going to be sent: so many from that number on
 */
export async function checkWorkload(
  port: number,
  { distinct, requestAt }: Workload,
  oracle: Oracle,
  sent: { readonly from: number; readonly atMost: number },
): Promise<CheckedAnswers> {
  const repeats = distinct !== Number.POSITIVE_INFINITY;
  const numbers = repeats
    ? Array.from({ length: Math.min(distinct, sent.atMost) }, (_, n) => (sent.from + n) % distinct)
    : Array.from({ length: UNSEEN_SAMPLES }, (_, n) => n);
  const { wrong, bytes } = await check(port, numbers.map(requestAt), oracle);
  return { wrong, bytes: new Map(bytes.map((each, index) => [numbers[index] ?? index, each])) };
}

/** Operations that a gateway must get right before its speed counts, on a graph as simple as this one. */
const PROBES: readonly { readonly what: string; readonly request: GraphqlRequest }[] = [
  {
    what: '@requires fields that the client did not select',
    request: { query: '{ product(upc: "p3") { shippingEstimate } topProducts(first: 2, skip: 9) { upc shippingEstimate } }' },
  },
  {
    what: "a variable in a fragment's @include",
    request: {
      query: `query ($upc: ID!, $more: Boolean!) { product(upc: $upc) { upc ...Details reviews(first: 1) { id ... @include(if: $more) { body author { name } } } } }
        fragment Details on Product { name @include(if: $more) inStock @skip(if: $more) }`,
      variables: { upc: 'p5', more: true },
    },
  },
  {
    what: 'one field twice with different arguments',
    request: {
      query: '{ product(upc: "p6") { one: reviews(first: 1) { id } three: reviews(first: 3) { id author { n: name } } __typename } }',
    },
  },
  {
    what: 'what does not exist',
    request: { query: '{ product(upc: "p100000") { name reviews(first: 1) { id } } user(id: "u1") { name } }' },
  },
];

/** @returns what the gateway gets wrong, in words; empty when nothing */
export async function probe(port: number, oracle: Oracle): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, request } of PROBES) {
    if ((await check(port, [request], oracle)).wrong !== undefined) problems.push(what);
  }
  return problems;
}

async function check(
  port: number,
  requests: readonly GraphqlRequest[],
  oracle: Oracle,
): Promise<{ readonly wrong: string | undefined; readonly bytes: readonly number[] }> {
  const connection = new HttpConnection(port);
  const overdue = setTimeout(() => connection.close(), ANSWER_TIMEOUT_MS + requests.length * 100);
  const bytes: number[] = [];
  let wrong: string | undefined;
  try {
    for (const request of requests) {
      const answer = await connection.send(encodeRequest(request), true);
      bytes.push(answer.bytes);
      wrong ??= compare(answer, oracle(request.query, { ...request.variables }));
    }
  } catch (error) {
    wrong ??= `no answer: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(overdue);
    connection.close();
  }
  return { wrong, bytes };
}

function compare({ status, body }: HttpAnswer, expected: ExpectedAnswer): string | undefined {
  try {
    const { data, errors = [] } = JSON.parse(body) as { data?: unknown; errors?: { path?: (string | number)[]; message?: string }[] };
    if (!isDeepStrictEqual(data, expected.data)) {
      return `status ${status}, expected ${excerpt(JSON.stringify(expected.data))}, got ${excerpt(body)}`;
    }
    const paths = errors.map(({ path = [] }) => path.join('.')).sort();
    if (!isDeepStrictEqual(paths, expected.errorPaths)) return `expected errors at [${expected.errorPaths}], got [${paths}]`;
    return undefined;
  } catch {
    return `status ${status}, not JSON: ${excerpt(body)}`;
  }
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
