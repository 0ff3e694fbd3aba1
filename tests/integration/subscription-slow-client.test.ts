import { expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { WebSocket } from 'ws';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createMetrics } from '../../platform/foundation/metrics.ts';
import { createSubscriptionEndpoint } from '../../subgraphs/subscription-endpoint.ts';
import { eventually } from '../support/eventually.ts';

const TEXT = 'x'.repeat(10_000);
/** As many events as all buffers of the system, and ours of 64 kB, can hold by far. */
const MOST = 5_000;

it('a client of a subgraph that does not read is not sent for: events are pulled again when it reads', async () => {
  let pulled = 0;
  const schema = buildSchema('type Query { a: Int } type Subscription { text: String! }');
  const field = schema.getSubscriptionType()?.getFields()['text'];
  if (!field) throw new Error('the schema has lost its field');
  field.subscribe = async function* () {
    for (;;) {
      if (pulled > 2 * MOST) throw new Error('it is not waited for');
      pulled += 1;
      yield { text: TEXT };
    }
  };
  const endpoint = createSubscriptionEndpoint({
    schema,
    createContext: (caller) => ({ caller }),
    metrics: createMetrics('test'),
    logger: silentLogger,
  });
  const server = await startHttpServer({
    name: 'test',
    host: '127.0.0.1',
    port: 0,
    onRequest: (_request, response) => void response.end(),
    onUpgrade: endpoint.onUpgrade,
  });
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  try {
    let received = 0;
    client.on('message', (bytes) => {
      const { type } = JSON.parse(String(bytes)) as { type: string };
      if (type === 'connection_ack')
        client.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { text }' } }));
      if (type === 'next') received += 1;
      if (received === 1) client.pause();
    });
    client.once('open', () => client.send(JSON.stringify({ type: 'connection_init' })));

    let before = -1;
    const held = await eventually(
      () => {
        const isStill = pulled > 0 && pulled === before;
        before = pulled;
        return isStill ? pulled : undefined;
      },
      30_000,
      100,
    );
    expect(held).toBeLessThan(MOST);

    client.resume();
    await eventually(() => received > held);
  } finally {
    client.terminate();
    await endpoint.stop(Date.now() + 1_000);
    await server.stop(Date.now() + 1_000);
  }
});
