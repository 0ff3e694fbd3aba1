import { randomInt } from 'node:crypto';
import { eventually } from '../eventually.ts';
import { findProgram } from '../obtain-way.ts';
import { createMachineRabbitmq, startEpmd, toNodeName } from '../rabbitmq-on-machine.ts';
import type { RabbitmqServer } from '../rabbitmq-server.ts';
import type { ChaosBroker } from './chaos-broker.ts';

const NODES = 3;

/** Three nodes of the machine's RabbitMQ on one name service: quorum queues have a member on each. @throws Error when RabbitMQ is not installed here */
export async function startChaosCluster(): Promise<ChaosBroker> {
  const program = await findProgram(['rabbitmq-server'], ['/usr/lib/rabbitmq/bin']);
  const erl = await findProgram(['erl']);
  const epmd = await startEpmd(erl);
  const first = randomInt(10_000, 16_000 - NODES) * 2; // and the next one for Erlang; below the range of outgoing connections
  const ports = Array.from({ length: NODES }, (_, index) => first + 2 * index);
  const nodes: RabbitmqServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
    await epmd.stop();
  };
  try {
    for (const port of ports) nodes.push(await createMachineRabbitmq(program, erl, ['/'], { epmdPort: epmd.port, port, ports }));
    for (const node of nodes) await node.start(); // one after the other: the first makes the cluster, the others join
    const isComplete = async (): Promise<boolean> => {
      const listed = await nodes[0]?.control('cluster_status', '--formatter', 'json');
      return (JSON.parse(listed ?? '{}') as { running_nodes?: string[] }).running_nodes?.length === NODES;
    };
    await eventually(isComplete, 60_000, 1_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: nodes.map((node) => node.urlOf('/')),
    directUrl: () => nodes.find(({ pid }) => pid !== undefined)?.urlOf('/') ?? nodes[0]?.urlOf('/') ?? '',
    nodes,
    async leaderOf(queue) {
      const listed = await nodes.find(({ pid }) => pid !== undefined)?.control('list_queues', 'name', 'leader', '--formatter', 'json');
      const leader = (JSON.parse(listed ?? '[]') as { name: string; leader: string }[]).find(({ name }) => name === queue)?.leader;
      const node = nodes[ports.findIndex((port) => toNodeName(port + 1) === leader)];
      if (!node) throw new Error(`no node of the cluster leads ${queue}: ${listed}`);
      return node;
    },
    wipe: () => Promise.reject(new Error('a cluster is not wiped here: that is the single node’s part')),
    stop,
  };
}
