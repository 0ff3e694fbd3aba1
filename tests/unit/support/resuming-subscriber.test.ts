import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { startResumingSubscriber } from '../../support/resuming-subscriber.ts';

it('a subscriber can leave while it is still connecting', async () => {
  const server = createServer().listen(0, '127.0.0.1'); // takes connections, and never answers
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const failures: unknown[] = [];
  const note = (error: unknown): void => void failures.push(error);
  process.on('uncaughtException', note);
  try {
    const subscriber = startResumingSubscriber(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
    const [socket] = await connected;

    const gone = once(
      socket.resume().on('error', () => undefined),
      'close',
    );
    await subscriber[Symbol.asyncDispose]();
    await gone;

    expect(failures).toEqual([]);
    expect(subscriber.events).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    server.close();
  }
});
