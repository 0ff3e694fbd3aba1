import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkWorkload } from '../../../bench/measure/check-answers.ts';

const WORKLOAD = { name: 'numbers', description: '', distinct: 200, hasCeiling: false, requestAt: (n: number) => ({ query: `${n}` }) };
const oracle = (query: string): { data: Record<string, unknown>; errorPaths: string[] } => ({ data: { n: query }, errorPaths: [] });

describe('checking the answers of a workload', () => {
  let server: Server;
  let port: number;
  const asked: number[] = [];
  /** Answered with something else. */
  let wrongAt: number;
  beforeEach(async () => {
    asked.length = 0;
    wrongAt = -1;
    server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        const { query } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { query: string };
        asked.push(Number(query));
        response.end(JSON.stringify({ data: { n: Number(query) === wrongAt ? 'else' : query } }));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => void server.close());

  it('asks those that are going to be sent, each once, and knows the size of each answer', async () => {
    const expected = [...Array.from({ length: 50 }, (_, n) => 150 + n), ...Array.from({ length: 10 }, (_, n) => n)];

    const { wrong, bytes } = await checkWorkload(port, WORKLOAD, oracle, { from: 1_150, atMost: 60 });

    expect(wrong).toBeUndefined();
    expect(asked).toEqual(expected);
    expect([...bytes.keys()]).toEqual(expected);
    expect([bytes.get(7), bytes.get(199)]).toEqual(['{"data":{"n":"7"}}'.length, '{"data":{"n":"199"}}'.length]);
  });

  it('asks all of them once when more are going to be sent than there are, and tells the one that is wrong', async () => {
    wrongAt = 42;

    const { wrong } = await checkWorkload(port, WORKLOAD, oracle, { from: 1_000, atMost: Number.POSITIVE_INFINITY });

    expect(new Set(asked).size).toBe(200);
    expect(asked).toHaveLength(200);
    expect(wrong).toContain('expected {"n":"42"}, got {"data":{"n":"else"}}');
  });
});
