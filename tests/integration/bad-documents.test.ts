import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startAwkwardGraph } from '../support/awkward-graph.ts';
import { startCostedGateway, type CostedGateway } from '../support/costed-gateway.ts';
import { eventually } from '../support/eventually.ts';
import { ANSWERED_NAMES, REFUSED_NAMES } from '../support/fixtures/awkward-names.ts';
import { BAD_REQUESTS } from '../support/fixtures/bad-requests.ts';
import { LARGE_REQUESTS } from '../support/fixtures/large-requests.ts';

/** What one request may cost the gateway's process, once in twenty times; machines of CI are slower and busier. */
const LIMIT = { cpuMs: process.env['CI'] ? 300 : 100, attempts: 20 };
const MOST_HEAP_GROWTH_BYTES = 5_000_000;

/** With the limits that the gateway has by default. */
describe('whatever a client sends', () => {
  const open: AsyncDisposable[] = [];
  let gateway: CostedGateway;
  let heapBefore = 0;
  let healthChecks = 0;

  beforeAll(async () => {
    const graph = await startAwkwardGraph();
    open.push(graph);
    gateway = await startCostedGateway(graph.file);
    open.unshift(gateway);
    for (let count = 0; count < 20; count += 1) await expectHealth();
    heapBefore = await gateway.heapBytes();
  });
  afterAll(async () => {
    for (const each of open) await each[Symbol.asyncDispose]();
  });
  afterEach(() => expectHealth());

  async function expectHealth(): Promise<void> {
    const query = (n: number): string => `{ thing(constructor: "healthy ${n}") { prototype name } }`;
    const { data } = await gateway.send({ query }, (healthChecks += 1));
    expect(data).toEqual({ thing: { prototype: `prototype of healthy ${healthChecks}`, name: `name of healthy ${healthChecks}` } });
  }

  it.each([...BAD_REQUESTS, ...REFUSED_NAMES])(
    'is refused cheaply, with a reason and a code: $what',
    async ({ code, reason, ...request }) => {
      const { reply } = await gateway.sendCheaply(request, LIMIT);
      const { data = null, errors = [] } = reply;

      expect(data).toBeNull();
      expect(errors[0]?.message.replace(/^(.{200}).*(.{200})$/s, '$1$2')).toMatch(reason);
      expect(new Set(errors.map((error) => error.extensions.code))).toEqual(new Set([code]));
    },
  );

  it.each([...LARGE_REQUESTS, ...ANSWERED_NAMES])('is answered cheaply: $what', async ({ answer, ...request }) => {
    const { reply, n } = await gateway.sendCheaply(request, LIMIT);

    expect(reply.text === answer(n) ? 'as it should be' : reply.text.slice(0, 500)).toBe('as it should be'); // some are half a megabyte
  });

  it('leaves the heap as it was', async () => {
    await eventually(async () => {
      expect((await gateway.heapBytes()) - heapBefore).toBeLessThan(MOST_HEAP_GROWTH_BYTES);
      return true;
    });
  });
});
