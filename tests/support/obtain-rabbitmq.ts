import { findProgram, obtainFirst, run, type Way } from './obtain-way.ts';
import { installWithApt } from './obtain-with-apt.ts';
import { createDockerRabbitmq } from './rabbitmq-in-docker.ts';
import { createMachineRabbitmq } from './rabbitmq-on-machine.ts';
import type { RabbitmqServer } from './rabbitmq-server.ts';

/**
 * A started server, in the contract's order of ways.
 * @param vhosts its virtual hosts; each costs time at the first start
 * @throws Error with all ways when none works
 */
export async function obtainRabbitmq(vhosts: readonly string[]): Promise<RabbitmqServer> {
  return obtainFirst('RabbitMQ', toWays(vhosts));
}

const toWays = (vhosts: readonly string[]): readonly Way<RabbitmqServer>[] => [
  { name: 'set TEST_AMQP_URL', obtain: () => Promise.reject(new Error('it is not set, or a test wants a broker that it may kill')) },
  { name: 'rabbitmq-server on this machine', obtain: () => startOnMachine(vhosts) },
  {
    name: 'Docker',
    async obtain() {
      const docker = await findProgram(['docker']);
      await run(docker, ['info'], { timeoutMs: 10_000 });
      return started(createDockerRabbitmq(docker, vhosts));
    },
  },
  {
    name: 'apt-get install rabbitmq-server',
    async obtain() {
      await installWithApt('rabbitmq-server');
      return startOnMachine(vhosts);
    },
  },
];

async function startOnMachine(vhosts: readonly string[]): Promise<RabbitmqServer> {
  // Debian's program in PATH changes its user and wants the system's folders; the one below /usr/lib does as it is told.
  const program = await findProgram(['rabbitmq-server'], ['/usr/lib/rabbitmq/bin']);
  const erl = await findProgram(['erl']);
  return started(await createMachineRabbitmq(program, erl, vhosts));
}

async function started(server: RabbitmqServer): Promise<RabbitmqServer> {
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
