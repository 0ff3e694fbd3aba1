/** What every RabbitMQ of the tests is told, wherever it runs. */
export const RABBITMQ_USER = 'test';
export const RABBITMQ_PASSWORD = 'test';

/**
 * @param options.listener `127.0.0.1:5672`
 * @param options.definitionsFile where the server finds `rabbitmqDefinitions`
 * @param options.peers names of all nodes of a cluster; default none: alone
 */
export function rabbitmqConf(options: { listener: string; definitionsFile: string; peers?: readonly string[] }): string {
  const peers = options.peers ?? [];
  return [
    `listeners.tcp.1 = ${options.listener}`,
    'loopback_users = none',
    `load_definitions = ${options.definitionsFile}`,
    ...peers.map((peer, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${peer}`),
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
    'raft.wal_max_size_bytes = 32000000', // a broker of a test has little to say
    'log.file = false',
    'log.console = true',
    'log.console.level = info',
    '',
  ].join('\n');
}

/** Virtual hosts are made at the start, for nothing; each later one would cost a rabbitmqctl of two seconds. */
export function rabbitmqDefinitions(vhosts: readonly string[]): string {
  const all = { configure: '.*', write: '.*', read: '.*' };
  return JSON.stringify({
    users: [{ name: RABBITMQ_USER, password: RABBITMQ_PASSWORD, tags: 'administrator' }],
    vhosts: vhosts.map((name) => ({ name })),
    permissions: vhosts.map((vhost) => ({ user: RABBITMQ_USER, vhost, ...all })),
  });
}

/** The last line of its log at a start. */
export const RABBITMQ_COMPLETE = 'Server startup complete';

export function rabbitmqUrl(port: number, vhost: string): string {
  return `amqp://${RABBITMQ_USER}:${RABBITMQ_PASSWORD}@127.0.0.1:${port}/${encodeURIComponent(vhost)}`;
}
