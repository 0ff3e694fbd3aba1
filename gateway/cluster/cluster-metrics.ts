import { AggregatorRegistry, createMetrics, Gauge, type MetricsSnapshot } from '../../platform/foundation/metrics.ts';
import type { Peer } from './peer.ts';

/** The metrics of all workers and of the primary as one page. */
export interface ClusterMetrics {
  add(id: number, worker: Peer): void;
  /** The worker has ended; what it had counted when it was last read stays counted. */
  remove(id: number): void;
  /** The page in Prometheus' text format. A worker that does not answer in time is told of as it was the last time. */
  read(): Promise<string>;
}

/** They may only grow, or Prometheus takes them for counted anew from zero. */
const GROWING = new Set<string>(['counter', 'histogram']);

export function createClusterMetrics(): ClusterMetrics {
  const own = createMetrics('gateway');
  const workers = new Map<number, Peer>();
  const last = new Map<number, MetricsSnapshot>();
  let ended = Promise.resolve<MetricsSnapshot>([]);
  new Gauge({
    name: 'paygraph_gateway_workers',
    help: 'Worker processes of the gateway',
    registers: [own],
    collect() {
      this.set(workers.size);
    },
  });

  const readWorker = async (id: number, worker: Peer): Promise<void> => {
    const snapshot = await worker.ask('own-metrics').catch(() => undefined);
    if (snapshot !== undefined && workers.has(id)) last.set(id, snapshot as MetricsSnapshot);
  };
  return {
    add: (id, worker) => void workers.set(id, worker),
    remove(id) {
      const counted = (last.get(id) ?? []).filter(({ type }) => GROWING.has(String(type)));
      ended = ended.then((before) => AggregatorRegistry.aggregate([before, counted]).getMetricsAsJSON());
      workers.delete(id);
      last.delete(id);
    },
    async read() {
      await Promise.all([...workers].map(([id, worker]) => readWorker(id, worker)));
      return AggregatorRegistry.aggregate([await own.getMetricsAsJSON(), await ended, ...last.values()]).metrics();
    },
  };
}
