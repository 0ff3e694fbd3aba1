import { fileURLToPath } from 'node:url';
import { SUBGRAPHS, type SubgraphName } from '../graph/subgraph-names.ts';
import { startBenchProcess, type BenchProcess } from './bench-process.ts';

/** The subgraphs as processes, so that what they take is not counted. */
export interface SubgraphProcesses {
  readonly urls: Readonly<Record<SubgraphName, string>>;
  /** How many operations they have answered together. */
  answered(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSubgraphs(): Promise<SubgraphProcesses> {
  const processes = await Promise.all(SUBGRAPHS.map(startSubgraph));
  const urls = Object.fromEntries(processes.map((process, n) => [SUBGRAPHS[n], urlOf(process)])) as Record<SubgraphName, string>;
  return {
    urls,
    async answered() {
      const counts = await Promise.all(Object.values(urls).map(async (url) => Number(await (await fetch(new URL('/count', url))).text())));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: async () => void (await Promise.all(processes.map((process) => process.stop()))),
  };
}

export function startSubgraph(name: SubgraphName): Promise<BenchProcess> {
  return startBenchProcess({ name, args: [fileURLToPath(new URL('../graph/subgraph-program.js', import.meta.url)), name] });
}

export function urlOf({ port }: BenchProcess): string {
  return `http://127.0.0.1:${port}/graphql`;
}
