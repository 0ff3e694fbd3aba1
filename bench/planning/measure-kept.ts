import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine } from '../../gateway/create-engine.ts';
import { CurrentSupergraph } from '../../gateway/supergraph/current-supergraph.ts';
import { createSupergraph } from '../../gateway/supergraph/supergraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';

export interface KeptMemory {
  /** Distinct operations that were prepared so far. */
  readonly operations: number;
  /** In use after a collection of garbage. */
  readonly heapMb: number;
}

/**
 * The heap while more and more distinct operations come: it must stop growing when the kept plans are full.
 * @param counts ascending
 * @param cache limits of the kept plans; default the engine's
 */
export function measureKept(
  sdl: string,
  queries: (count: number) => readonly string[],
  counts: readonly number[],
  cache: { readonly cacheEntries?: number; readonly cacheBytes?: number } = {},
): KeptMemory[] {
  const collect = collector();
  const engine = createEngine({
    supergraph: new CurrentSupergraph(createSupergraph(sdl)),
    clientOf: (name) => {
      throw new Error(`${name} is not to be asked`);
    },
    logger: silentLogger,
    ...cache,
  });
  const measured: KeptMemory[] = [{ operations: 0, heapMb: heapMb(collect) }];
  const all = queries(counts.at(-1) ?? 0);
  for (const [index, query] of all.entries()) {
    const prepared = engine.prepare({ query });
    if ('refusal' in prepared) throw new Error(prepared.refusal.errors[0]?.message);
    if (counts.includes(index + 1)) measured.push({ operations: index + 1, heapMb: heapMb(collect) });
  }
  return measured;
}

function heapMb(collect: () => void): number {
  collect();
  collect(); // what the first one's finalisers let go
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Node's collector, also where it was not started with --expose-gc. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
