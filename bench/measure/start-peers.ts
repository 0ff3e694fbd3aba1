import { encodeRequest } from '../load/encode-request.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { startBenchProcess, type BenchProcess } from './bench-process.ts';
import { gatewayNodeOptions } from './script-node-options.ts';
import type { Peer, PeerTask } from './peers.ts';

export interface RunningPeer {
  readonly peer: Peer;
  readonly process: BenchProcess;
}

const READY_TIMEOUT_MS = 60_000;
const READY = encodeRequest({ query: '{ __typename }' });

/** Starts a gateway and waits until it answers. @throws Error with what it wrote */
export async function startPeer(peer: Peer, task: PeerTask): Promise<RunningPeer> {
  const { args, ...command } = peer.command(task);
  const process = await startBenchProcess({ ...command, name: peer.name, args: [...gatewayNodeOptions, ...args] });
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const connection = new HttpConnection(process.port);
    const { status, body } = await connection.send(READY, true).catch((error: unknown) => ({ status: 0, body: String(error) }));
    connection.close();
    if (status === 200) return { peer, process };
    if (performance.now() > giveUpAt || !process.running) {
      await process.stop();
      throw new Error(`${peer.name} listens and does not answer: ${status} ${body}\n${process.output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
