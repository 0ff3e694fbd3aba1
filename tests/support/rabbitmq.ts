import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toCode } from '../../platform/foundation/errors.ts';
import { createVhostOnServer, type TestVhost } from './rabbitmq-management.ts';
import { VHOSTS, type RabbitmqServer } from './rabbitmq-server.ts';
import { obtainRabbitmq } from './obtain-rabbitmq.ts';

export type { TestVhost };

/** A virtual host that nobody else uses, on the run's RabbitMQ. Global setup provides the server. */
export async function createTestVhost(): Promise<TestVhost> {
  const url = process.env['TEST_AMQP_URL'];
  if (!url) throw new Error('no RabbitMQ: this test wants the projects integration, e2e or fault, whose global setup provides it');
  const claims = process.env['TEST_AMQP_VHOST_CLAIMS'];
  if (!claims) return createVhostOnServer(url, `test-${randomBytes(6).toString('hex')}`);
  for (let number = 1; number <= VHOSTS; number += 1) {
    if (await claim(join(claims, String(number))))
      return { url: withVhost(url, `test-${number}`), [Symbol.asyncDispose]: () => Promise.resolve() }; // it goes with the server
  }
  throw new Error(`all ${VHOSTS} virtual hosts of this run are taken: raise VHOSTS`);
}

export interface PrivateRabbitmq extends Omit<RabbitmqServer, 'urlOf'> {
  readonly url: string;
}

/** A broker of one's own, started, to kill and restart: it keeps its data and its port. The caller stops it. */
export async function startPrivateRabbitmq(): Promise<PrivateRabbitmq> {
  const server = await obtainRabbitmq(['/']);
  const { description, start, kill, control, wipe, stop } = server;
  return {
    description,
    url: server.urlOf('/'),
    get pid() {
      return server.pid;
    },
    start,
    kill,
    control,
    wipe,
    stop,
  };
}

/** Making a folder is atomic, so workers never take the same number. */
async function claim(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (toCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function withVhost(url: string, vhost: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(vhost)}`;
  return changed.href;
}
