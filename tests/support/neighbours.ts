import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { maskUrl } from '../../platform/foundation/logger.ts';
import { makeDatabaseTemplates } from './database-templates.ts';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { obtainPostgres } from './obtain-postgres.ts';
import { obtainRabbitmq } from './obtain-rabbitmq.ts';
import { VHOST_NAMES } from './rabbitmq-server.ts';
import { announce } from './obtain-way.ts';

/** What one run of jest shares. `env` is what test files read, through `postgres.ts` and `rabbitmq.ts`. */
export interface Neighbours {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** One RabbitMQ and one PostgreSQL, obtained at the same time. @throws Error when one cannot be had, with every way that was tried */
export async function startNeighbours(): Promise<Neighbours> {
  const startedAt = Date.now();
  const [postgres, rabbitmq, programs] = await Promise.allSettled([
    announced('PostgreSQL', obtainSharedPostgres()),
    announced('RabbitMQ', obtainSharedRabbitmq()),
    makeFolder('programs', process.env['TEST_PROGRAMS']),
  ]);
  const stop = async (): Promise<void> => {
    const running = [postgres, rabbitmq, programs].flatMap((neighbour) => (neighbour.status === 'fulfilled' ? [neighbour.value] : []));
    await Promise.all(running.map((neighbour) => neighbour.stop()));
  };
  if (postgres.status === 'rejected' || rabbitmq.status === 'rejected' || programs.status === 'rejected') {
    await stop();
    const reasons = [postgres, rabbitmq, programs].flatMap((neighbour) =>
      neighbour.status === 'rejected' ? [String(neighbour.reason)] : [],
    );
    throw new Error(reasons.join('\n\n'));
  }
  announce(`both after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return { env: { ...postgres.value.env, ...rabbitmq.value.env, TEST_PROGRAMS: programs.value.path }, stop };
}

async function announced<T extends { description: string }>(what: string, obtaining: Promise<T>): Promise<T> {
  const obtained = await obtaining;
  announce(`${what} for the tests: ${obtained.description}`);
  return obtained;
}

async function obtainSharedPostgres(): Promise<{ description: string; env: Record<string, string>; stop(): Promise<void> }> {
  const { url, description, stop } = await obtainPostgres();
  const given = process.env['TEST_DATABASE_TEMPLATES'];
  const templates = given
    ? { prefix: given, stop: () => Promise.resolve() }
    : await makeDatabaseTemplates(url).catch(async (error: unknown) => {
        await stop();
        throw error;
      });
  return {
    description,
    env: { TEST_POSTGRES_URL: url, TEST_DATABASE_TEMPLATES: templates.prefix },
    async stop() {
      await templates.stop().finally(stop);
    },
  };
}

async function obtainSharedRabbitmq(): Promise<{ description: string; env: Record<string, string>; stop(): Promise<void> }> {
  const given = process.env['TEST_AMQP_URL'];
  if (given) {
    await assertAnswers(given);
    return { description: `TEST_AMQP_URL (${maskUrl(given)})`, env: { TEST_AMQP_URL: given }, stop: () => Promise.resolve() };
  }
  const server = await obtainRabbitmq(VHOST_NAMES);
  const claims = await makeFolder('vhosts');
  return {
    description: server.description,
    env: { TEST_AMQP_URL: server.urlOf('/'), TEST_AMQP_VHOST_CLAIMS: claims.path },
    async stop() {
      await server.stop();
      await claims.stop();
    },
  };
}

/** One that the workers of a run share. @param given is left as it is: it belongs to somebody else */
async function makeFolder(name: string, given?: string): Promise<{ path: string; stop(): Promise<void> }> {
  if (given) return { path: given, stop: () => Promise.resolve() };
  const path = await mkdtemp(join(tmpdir(), `paygraph-${name}-`));
  const calledOff = afterOurEnd('rm -rf -- "$1"', path);
  return {
    path,
    async stop() {
      await rm(path, { recursive: true, force: true });
      calledOff();
    },
  };
}

async function assertAnswers(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 5_000 }).catch((cause: unknown) => {
    throw new Error(`TEST_AMQP_URL (${maskUrl(url)}) does not answer: ${String(cause)}`, { cause });
  });
  await connection.close();
}
