import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupergraph } from '../gateway/supergraph/supergraph.ts';
import { composeBenchGraph } from './graph/compose-bench-graph.ts';
import { createMonolith } from './graph/monolith.ts';
import { probe, type Oracle } from './measure/check-answers.ts';
import { describeRun } from './measure/describe-run.ts';
import { measureFanOut, type FanOutPeer } from './measure/measure-fan-out.ts';
import { measureRequests } from './measure/measure-requests.ts';
import type { Peer } from './measure/peers.ts';
import type { BenchResults, WorkloadResult } from './measure/results.ts';
import { startPeer, type RunningPeer } from './measure/start-peers.ts';
import { startSubgraph, startSubgraphs, urlOf, type SubgraphProcesses } from './measure/subgraph-processes.ts';
import { requestWorkloads } from './workloads/request-workloads.ts';

export const FAN_OUT_WORKLOAD = 'fan-out';
export const ALL_WORKLOADS: readonly string[] = [...requestWorkloads.map(({ name }) => name), FAN_OUT_WORKLOAD];
export const WORKLOADS = ALL_WORKLOADS.filter(
  (name) => !requestWorkloads.some((workload) => workload.name === name && workload.onlyWhenNamed),
);

export interface GatewayBenchOptions {
  readonly peers: readonly Peer[];
  readonly workloads: readonly string[];
  readonly rounds: number;
  /** Of one round. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Most requests of one round. */
  readonly requests?: number | undefined;
  readonly connections: number;
  readonly subscribers: number;
  /** A folder for processor profiles of our own gateway. */
  readonly profiles?: string | undefined;
  /** As it was typed, for the results. */
  readonly command: string;
  readonly say: (line: string) => void;
}

/** Runs every workload with all gateways side by side over the same subgraphs. Everything it starts has ended when it returns. */
export async function measureGateways(options: GatewayBenchOptions): Promise<BenchResults> {
  const folder = mkdtempSync(join(tmpdir(), 'paygraph-bench-'));
  const subgraphs = await startSubgraphs();
  try {
    const sdl = composeBenchGraph((name) => subgraphs.urls[name]);
    const supergraph = join(folder, 'supergraph.graphql');
    writeFileSync(supergraph, sdl);
    const bench: Bench = {
      ...options,
      folder,
      subgraphs,
      supergraph,
      oracle: createMonolith(createSupergraph(sdl).schema),
      failedProbes: {},
    };
    const workloads: WorkloadResult[] = [];
    for (const name of options.workloads) {
      options.say(`${name}`);
      workloads.push(name === FAN_OUT_WORKLOAD ? await runFanOut(bench) : await runRequests(bench, name));
    }
    return {
      ...describeRun(),
      command: options.command,
      connections: options.connections,
      rounds: options.rounds,
      seconds: options.seconds,
      failedProbes: bench.failedProbes,
      workloads,
    };
  } finally {
    await subgraphs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Bench extends GatewayBenchOptions {
  readonly folder: string;
  readonly subgraphs: SubgraphProcesses;
  /** The file. */
  readonly supergraph: string;
  readonly oracle: Oracle;
  readonly failedProbes: Record<string, readonly string[]>;
}

async function runRequests(bench: Bench, name: string): Promise<WorkloadResult> {
  const workload = requestWorkloads.find((each) => each.name === name);
  if (!workload) throw new Error(`there is no workload ${name}`);
  const absent: Record<string, string> = {};
  const running: RunningPeer[] = [];
  try {
    for (const peer of bench.peers) {
      if (peer.name === 'ceiling' && !workload.hasCeiling) continue;
      try {
        running.push(await startPeer(peer, taskOf(bench, name)));
      } catch (error) {
        absent[peer.name] = error instanceof Error ? error.message : String(error);
        bench.say(`  ${absent[peer.name]}`);
      }
    }
    await runProbes(bench, running);
    const peers = await measureRequests(workload, running, { ...bench, answered: bench.subgraphs.answered });
    const { query, variables } = workload.requestAt(0);
    const answerBytes = Buffer.byteLength(JSON.stringify({ data: bench.oracle(query, { ...variables }).data }));
    return { workload: name, description: workload.description, answerBytes, unit: 'request', peers, absent };
  } finally {
    await Promise.all(running.map(({ process }) => process.stop()));
  }
}

/** Each gateway is asked once per run, whatever the workloads. */
async function runProbes({ oracle, failedProbes, say }: Bench, running: readonly RunningPeer[]): Promise<void> {
  for (const { peer, process } of running) {
    if (peer.name === 'ceiling' || peer.name in failedProbes) continue;
    const failed = await probe(process.port, oracle);
    failedProbes[peer.name] = failed;
    if (failed.length > 0) say(`  ${peer.name} gets wrong: ${failed.join('; ')}`);
  }
}

async function runFanOut(bench: Bench): Promise<WorkloadResult> {
  const absent: Record<string, string> = {};
  const running: FanOutPeer[] = [];
  try {
    for (const peer of bench.peers) {
      if (!peer.canSubscribe) {
        absent[peer.name] = 'has no subscriptions over a supergraph';
        continue;
      }
      const reviews = await startSubgraph('reviews');
      try {
        const urls = { ...bench.subgraphs.urls, reviews: urlOf(reviews) };
        const supergraph = join(bench.folder, `${peer.name}.graphql`);
        writeFileSync(
          supergraph,
          composeBenchGraph((name) => urls[name]),
        );
        running.push({ ...(await startPeer(peer, { ...taskOf(bench, FAN_OUT_WORKLOAD), supergraph, urls })), reviews });
      } catch (error) {
        await reviews.stop();
        absent[peer.name] = error instanceof Error ? error.message : String(error);
        bench.say(`  ${absent[peer.name]}`);
      }
    }
    await runProbes(bench, running);
    const measured = await measureFanOut(running, { ...bench, answered: bench.subgraphs.answered });
    return {
      workload: FAN_OUT_WORKLOAD,
      description: `one event, with a field of another subgraph, to ${bench.subscribers} subscribers over WebSocket`,
      answerBytes: measured.answerBytes,
      unit: 'event and subscriber',
      peers: measured.results,
      absent: { ...absent, ...measured.absent },
    };
  } finally {
    await Promise.all(running.flatMap(({ process, reviews }) => [process.stop(), reviews.stop()]));
  }
}

function taskOf({ supergraph, subgraphs, profiles }: Bench, workload: string) {
  const nodeOptions = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${workload}.cpuprofile`];
  return { workload, supergraph, urls: subgraphs.urls, nodeOptions };
}
