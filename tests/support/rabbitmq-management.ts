import { toMessage } from '../../platform/foundation/errors.ts';

export interface TestVhost {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A virtual host on somebody's RabbitMQ (TEST_AMQP_URL), made and deleted through its management API, with the user of the URL.
 * The API is expected at port 15672 of the same host, or at TEST_AMQP_MANAGEMENT_URL.
 */
export async function createVhostOnServer(amqpUrl: string, vhost: string): Promise<TestVhost> {
  const amqp = new URL(amqpUrl);
  const management = process.env['TEST_AMQP_MANAGEMENT_URL'] ?? `http://${amqp.hostname}:15672`;
  const user = decodeURIComponent(amqp.username || 'guest');
  const authorization = `Basic ${Buffer.from(`${user}:${decodeURIComponent(amqp.password || 'guest')}`).toString('base64')}`;
  const call = async (method: string, path: string, body?: object): Promise<void> => {
    const response = await fetch(new URL(path, management), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status} ${await response.text()}`);
  };
  try {
    await call('PUT', `/api/vhosts/${vhost}`);
    await call('PUT', `/api/permissions/${vhost}/${encodeURIComponent(user)}`, { configure: '.*', write: '.*', read: '.*' });
  } catch (cause) {
    const wayOut = 'enable the plugin rabbitmq_management there, or say where its API is in TEST_AMQP_MANAGEMENT_URL';
    throw new Error(
      `every test file wants a virtual host of its own on TEST_AMQP_URL, and ${management} does not make one (${toMessage(cause)}): ${wayOut}`,
      { cause },
    );
  }
  amqp.pathname = `/${vhost}`;
  return { url: amqp.href, [Symbol.asyncDispose]: () => call('DELETE', `/api/vhosts/${vhost}`) };
}
