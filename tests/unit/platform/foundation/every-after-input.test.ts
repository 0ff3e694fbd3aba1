import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { everyAfterInput } from '../../../../platform/foundation/every-after-input.ts';

it('what arrived while the process was busy is read before the work that was due meanwhile, and the work ends when it is ended', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[typeof client], unknown];
  const order: string[] = [];
  socket.on('data', () => order.push('read'));

  const end = everyAfterInput(20, () => {
    order.push('work');
    end();
  });
  try {
    client.write('x');
    for (const endAt = performance.now() + 60; performance.now() < endAt;);
    await once(socket, 'data').then(() => delay(60)); // several intervals more

    expect(order).toEqual(['read', 'work']);
  } finally {
    end();
    client.destroy();
    server.close();
  }
});
