import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ListenerTransport } from '../load/open-listener.ts';
import { cpuMs, residentBytes } from './process-figures.ts';
import { percentile } from './results.ts';

/** One gateway with many clients on one stream of events. */
export interface CrowdFigures {
  readonly transport: ListenerTransport;
  readonly clients: number;
  /** RSS of the gateway's process before the first client, with all of them idle, and at the end. */
  readonly residentMb: { readonly before: number; readonly listening: number; readonly end: number };
  /** Until the last client has an event. */
  readonly untilLastMs: { readonly median: number; readonly worst: number };
  /** Of the gateway's process for one event to one client. */
  readonly cpuUsPerDelivery: number;
}

export interface CrowdOptions {
  readonly transport: ListenerTransport;
  readonly clients: number;
  readonly events: number;
  readonly gateway: { readonly pid: number; readonly port: number };
  readonly reviewsUrl: string;
}

/** Files and sockets that a process needs besides those of its clients. */
const OTHER_FILES = 200;

/** Clients that a process of this machine can have at most, by its limit of open files. Node raises the soft limit to the hard one itself. */
export function mostClients(): number {
  const [, hard = 'unlimited'] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard) - OTHER_FILES;
}

/** @throws Error when a client is refused, loses its stream, or waits longer than a minute for an event */
export async function measureCrowd({ transport, clients, events, gateway, reviewsUrl }: CrowdOptions): Promise<CrowdFigures> {
  const before = residentMb(gateway.pid);
  const args = [transport, String(clients), String(gateway.port), reviewsUrl, String(events)];
  const crowd = fork(fileURLToPath(new URL('../load/crowd-program.js', import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const hear = listenTo(crowd);
  try {
    await hear();
    const listening = residentMb(gateway.pid);
    const cpuBefore = cpuMs(gateway.pid);
    crowd.send('go');
    const waits = Float64Array.from((await hear()) as number[]).sort();
    return {
      transport,
      clients,
      residentMb: { before, listening, end: residentMb(gateway.pid) },
      untilLastMs: { median: percentile(waits, 0.5), worst: waits.at(-1) ?? Number.NaN },
      cpuUsPerDelivery: ((cpuMs(gateway.pid) - cpuBefore) * 1_000) / (events * clients),
    };
  } finally {
    crowd.kill('SIGKILL');
    if (crowd.exitCode === null && crowd.signalCode === null) await once(crowd, 'exit');
  }
}

/** @returns waits for the next message of the process; rejects with what it wrote when it ends instead */
function listenTo(child: ChildProcess): () => Promise<unknown> {
  let wrote = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (wrote = (wrote + text).slice(-2_000)));
  return () =>
    new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error(`the clients ended: ${wrote}`));
      child.once('close', onExit);
      child.once('message', (message) => {
        child.off('close', onExit);
        resolve(message);
      });
    });
}

function residentMb(pid: number): number {
  return residentBytes(pid) / 1024 / 1024;
}
