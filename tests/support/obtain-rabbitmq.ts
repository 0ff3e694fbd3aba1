import { findProgram, obtainFirst, run, type Way } from './obtain-way.ts';
import { installWithApt } from './obtain-with-apt.ts';
import { createDockerRabbitmq } from './rabbitmq-in-docker.ts';
import { createMachineRabbitmq } from './rabbitmq-on-machine.ts';
import type { RabbitmqServer } from './rabbitmq-server.ts';

/** A started server, in the contract's order of ways. @throws Error with all ways when none works */
export async function obtainRabbitmq(): Promise<RabbitmqServer> {
  return obtainFirst('RabbitMQ', WAYS);
}

const WAYS: readonly Way<RabbitmqServer>[] = [
  { name: 'set TEST_AMQP_URL', obtain: () => Promise.reject(new Error('it is not set, or a test wants a broker that it may kill')) },
  { name: 'rabbitmq-server on this machine', obtain: startOnMachine },
  {
    name: 'Docker',
    async obtain() {
      const docker = await findProgram(['docker']);
      await run(docker, ['info'], { timeoutMs: 10_000 });
      return started(createDockerRabbitmq(docker));
    },
  },
  {
    name: 'apt-get install rabbitmq-server',
    async obtain() {
      await installWithApt('rabbitmq-server');
      return startOnMachine();
    },
  },
];

async function startOnMachine(): Promise<RabbitmqServer> {
  // Debian's program in PATH changes its user and wants the system's folders; the one below /usr/lib does as it is told.
  const program = await findProgram(['rabbitmq-server'], ['/usr/lib/rabbitmq/bin']);
  const erl = await findProgram(['erl']);
  return started(await createMachineRabbitmq(program, erl));
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
