import type { GraphqlRequest, Workload } from '../workloads/workload.ts';

/** The whole HTTP request as it goes over the wire. */
export function encodeRequest(request: GraphqlRequest): Buffer {
  const body = Buffer.from(JSON.stringify(request));
  const head =
    'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n' +
    `content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The requests of a workload as bytes; made once where they repeat. */
export function encodeWorkload({ distinct, requestAt }: Workload): (n: number) => Buffer {
  if (distinct === Number.POSITIVE_INFINITY) return (n) => encodeRequest(requestAt(n));
  const prepared = Array.from({ length: distinct }, (_, n) => encodeRequest(requestAt(n)));
  return (n) => prepared[n % distinct] ?? encodeRequest(requestAt(n));
}
