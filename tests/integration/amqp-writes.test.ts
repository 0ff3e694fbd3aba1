import { expect, it } from '@jest/globals';
import type { Duplex } from 'node:stream';
import { openAmqpConnection } from '../../platform/messaging/amqp-connection.ts';
import { createTestVhost } from '../support/rabbitmq.ts';

it('messages that are published in one turn of the event loop are written to the socket together', async () => {
  await using vhost = await createTestVhost();
  const connection = await openAmqpConnection(vhost.url, {
    name: 'test',
    heartbeatSeconds: 10,
    signal: new AbortController().signal,
  });
  try {
    const { stream } = connection.model.connection as unknown as { stream: Duplex };
    const channel = await connection.model.createConfirmChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    let writes = 0;
    for (const name of ['_write', '_writev'] as const) {
      const write = stream[name]?.bind(stream) as (...parameters: unknown[]) => void;
      stream[name] = (...parameters: unknown[]): void => {
        writes += 1;
        write(...parameters);
      };
    }

    for (let count = 0; count < 50; count += 1) channel.sendToQueue(queue, Buffer.from('x'));
    await channel.waitForConfirms();

    expect((await channel.checkQueue(queue)).messageCount).toBe(50);
    expect(writes).toBeLessThan(10); // the question after them included
  } finally {
    await connection.close(Date.now() + 1_000);
  }
});
