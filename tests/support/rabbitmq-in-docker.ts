import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { run } from './obtain-way.ts';
import { RABBITMQ_COMPLETE, rabbitmqConf, rabbitmqDefinitions, rabbitmqUrl } from './rabbitmq-config.ts';
import type { RabbitmqServer } from './rabbitmq-server.ts';

const IMAGE = 'rabbitmq:3';

/** RabbitMQ as a container with a fixed port on the loopback address; its data lives as long as the container. */
export function createDockerRabbitmq(docker: string, vhosts: readonly string[]): RabbitmqServer {
  const name = `paygraph-test-rabbitmq-${randomBytes(4).toString('hex')}`;
  const calledOff = afterOurEnd('"$1" rm -f -v "$2"', docker, name);
  const port = randomInt(20_000, 32_000);
  let pid: number | undefined;

  const create = async (): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'paygraph-rabbitmq-'));
    try {
      await writeFile(
        join(folder, 'rabbitmq.conf'),
        rabbitmqConf({ listener: '5672', definitionsFile: '/etc/rabbitmq/definitions.json' }),
        { mode: 0o644 },
      );
      await writeFile(join(folder, 'definitions.json'), rabbitmqDefinitions(vhosts), { mode: 0o644 });
      const args = ['create', '--name', name, '-p', `127.0.0.1:${port}:5672`, '-e', 'RABBITMQ_NODENAME=test@localhost', IMAGE];
      await run(docker, args, { timeoutMs: 300_000 });
      await run(docker, ['cp', join(folder, 'rabbitmq.conf'), `${name}:/etc/rabbitmq/rabbitmq.conf`]);
      await run(docker, ['cp', join(folder, 'definitions.json'), `${name}:/etc/rabbitmq/definitions.json`]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const exists = async (): Promise<boolean> => (await run(docker, ['ps', '-a', '-q', '--filter', `name=${name}`])) !== '';
  const countStarts = async (): Promise<number> => (await run(docker, ['logs', name])).split(RABBITMQ_COMPLETE).length - 1;

  return {
    description: `${IMAGE} in Docker, private`,
    get pid() {
      return pid;
    },
    urlOf: (vhost) => rabbitmqUrl(port, vhost),
    async start() {
      if (!(await exists())) await create();
      const before = await countStarts();
      await run(docker, ['start', name]);
      await eventually(async () => (await countStarts()) > before, 120_000, 500);
      pid = Number(await run(docker, ['inspect', '-f', '{{.State.Pid}}', name]));
    },
    async kill(signal) {
      if (pid === undefined) return;
      pid = undefined;
      await run(docker, ['kill', '-s', signal, name]);
      await run(docker, ['wait', name]);
    },
    control: (...args) => run(docker, ['exec', name, 'rabbitmqctl', '--quiet', ...args]),
    async wipe() {
      pid = undefined;
      await run(docker, ['rm', '-f', '-v', name]);
    },
    async stop() {
      pid = undefined;
      await run(docker, ['rm', '-f', '-v', name]);
      calledOff();
    },
  };
}
