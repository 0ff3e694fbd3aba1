import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannerName } from '../gateway/planning/planner.ts';
import { composeSupergraph } from '../gateway/supergraph/compose.ts';
import { composeBenchGraph } from './graph/compose-bench-graph.ts';
import { allPeers } from './measure/peers.ts';
import { residentBytes } from './measure/process-figures.ts';
import { projectFolder } from './measure/project-folder.ts';
import { startPeer } from './measure/start-peers.ts';
import { manySubgraphs } from './planning/many-subgraphs.ts';
import { measureKept, type KeptMemory } from './planning/measure-kept.ts';
import { newOperations } from './planning/new-operations.ts';
import { timeStages, type StageTimes } from './planning/time-stages.ts';

export interface PlanningBenchOptions {
  readonly planners: readonly PlannerName[];
  /** Never-seen operations for each planner. */
  readonly operations: number;
  /** Of the generated supergraph. */
  readonly subgraphs: number;
  /** Distinct operations after which the heap is looked at, ascending. */
  readonly kept: readonly number[];
  /** Most operations whose plans are kept meanwhile; default the engine's. */
  readonly cacheEntries?: number;
  /** Whether a built gateway is started over the generated supergraph. */
  readonly start: boolean;
  readonly say: (line: string) => void;
}

export interface PlanningResults {
  readonly stages: readonly StageTimes[];
  /** Milliseconds that our own graph takes to compose: the first time in the process, and the fifth. */
  readonly composition: { readonly firstMs: number; readonly fifthMs: number };
  readonly start?: { readonly subgraphs: number; readonly composedMs: number; readonly readyMs: number; readonly residentMb: number };
  readonly kept: readonly KeptMemory[];
}

/** The cold path: what happens before plans are known. Everything it starts has ended when it returns. */
export async function measurePlanning(options: PlanningBenchOptions): Promise<PlanningResults> {
  const { planners, operations, say } = options;
  say('composing our own graph');
  const composition = timeComposition();
  const sdl = composeBenchGraph((name) => `http://127.0.0.1:1/${name}`);
  const queries = newOperations(operations * 2);
  say(`planning ${operations} operations`);
  const stages = planners.map((planner) => timeStages(sdl, planner, queries.slice(operations), queries.slice(0, operations)));
  say(`starting a gateway over ${options.subgraphs} subgraphs`);
  const start = await measureStart(options);
  say('preparing distinct operations');
  const cache = options.cacheEntries === undefined ? {} : { cacheEntries: options.cacheEntries };
  const kept = measureKept(sdl, newOperations, options.kept, cache);
  return { stages, composition, kept, ...(start && { start }) };
}

function timeComposition(): PlanningResults['composition'] {
  const subgraphs = ['users', 'payments'].map((name) => {
    const from = join(projectFolder, 'schema', `${name}.graphql`);
    return { name, routingUrl: `http://127.0.0.1:1/${name}`, sdl: readFileSync(from, 'utf8'), from };
  });
  const times = Array.from({ length: 5 }, () => timed(() => composeSupergraph(subgraphs)).ms);
  return { firstMs: times[0] ?? NaN, fifthMs: times[4] ?? NaN };
}

async function measureStart({ subgraphs, start }: PlanningBenchOptions): Promise<PlanningResults['start']> {
  const { value, ms: composedMs } = timed(() => composeSupergraph(manySubgraphs(subgraphs)));
  const ours = allPeers().find(({ name }) => name === 'ours');
  if (!start || !ours) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'paygraph-bench-'));
  try {
    const supergraph = join(folder, 'supergraph.graphql');
    writeFileSync(supergraph, value.sdl);
    const begunAt = performance.now();
    const none = { accounts: '', inventory: '', products: '', reviews: '' };
    const { process } = await startPeer(ours, { workload: 'start', supergraph, urls: none, nodeOptions: [] });
    const readyMs = performance.now() - begunAt;
    const residentMb = residentBytes(process.pid) / 2 ** 20;
    await process.stop();
    return { subgraphs, composedMs, readyMs, residentMb };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed<T>(run: () => T): { value: T; ms: number } {
  const begunAt = performance.now();
  const value = run();
  return { value, ms: performance.now() - begunAt };
}
