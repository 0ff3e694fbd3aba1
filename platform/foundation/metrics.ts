import { Registry, collectDefaultMetrics } from 'prom-client';

export { AggregatorRegistry, Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** All metrics at one moment, as they go to another process. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What `/metrics` answers. */
export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** One registry a service, so that services in one process do not share counters. Process figures (CPU, memory, event loop) are included. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
