import { describe, expect, it } from '@jest/globals';
import { createReadiness } from '../../../gateway/readiness.ts';
import { createScriptedClient } from '../../support/fake-subgraph.ts';

const options = { subgraphNames: () => ['users', 'payments'], timeoutMs: 50, keepMs: 10_000 };
const up = createScriptedClient('users', { data: { __typename: 'Query' } });

describe('readiness', () => {
  it('reports every subgraph, and a dead one does not make the gateway unready', async () => {
    const dead = createScriptedClient('payments', new Error('subgraph payments cannot be reached'));
    const readiness = createReadiness({ ...options, isReady: () => true, clientOf: (name) => (name === 'users' ? up : dead) });

    expect(await readiness()).toEqual({
      ready: true,
      checks: {
        gateway: { status: 'up' },
        'subgraph users': { status: 'up' },
        'subgraph payments': { status: 'down', problem: 'subgraph payments cannot be reached' },
      },
    });
  });

  it('is down while there is no schema and while the gateway stops, at once and not when an answer is too old', async () => {
    let ready = true;
    const readiness = createReadiness({ ...options, isReady: () => ready, clientOf: () => up });
    await readiness();

    ready = false;

    expect(await readiness()).toMatchObject({ ready: false, checks: { gateway: { status: 'down' } } });
  });

  it('asks subgraphs once for many who want to know', async () => {
    const asked = createScriptedClient('users', { data: {} });
    const readiness = createReadiness({ ...options, subgraphNames: () => ['users'], isReady: () => true, clientOf: () => asked });

    await Promise.all(Array.from({ length: 20 }, readiness));
    await readiness();

    expect(asked.requests).toHaveLength(1);
  });

  it('does not wait long for a subgraph that does not answer', async () => {
    const silent = createScriptedClient(
      'users',
      (_request: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(new Error('given up')))),
    );
    const readiness = createReadiness({ ...options, subgraphNames: () => ['users'], isReady: () => true, clientOf: () => silent });

    expect((await readiness()).checks['subgraph users']).toEqual({ status: 'down', problem: 'no answer within 50 ms' });
  });
});
