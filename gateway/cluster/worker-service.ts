import type { Registry } from '../../platform/foundation/metrics.ts';
import type { Service } from '../../platform/foundation/lifecycle.ts';
import type { GatewayConfig } from '../config.ts';
import { createGatewayService } from '../service.ts';
import { createPeer } from './peer.ts';

/**
 * The gateway as one worker of a pool: the supergraph comes from the pool when another worker has loaded it, and /metrics is the page of the
 * whole pool. Ends the process when the pool asks it to stop.
 * @throws by `start`: as `createGatewayService`
 */
export function createWorkerService(config: GatewayConfig): Service {
  let registry: Registry | undefined;
  const pool = createPeer(
    {
      send: (message, done) => void process.send?.(message, undefined, undefined, done),
      onMessage: (listener) => void process.on('message', listener),
    },
    {
      'own-metrics': () => registry?.getMetricsAsJSON() ?? [],
      stop: (deadlineMs) => {
        const exit = (): never => process.exit(0);
        service.stop({ deadlineMs: Number(deadlineMs) }).then(exit, exit); // what did not close ends with the process
      },
    },
  );
  const service = createGatewayService(config, {
    isAlone: false,
    async loadSdl(load) {
      const known = await pool.ask('supergraph');
      if (typeof known === 'string') return known;
      const sdl = await load();
      await pool.ask('supergraph-loaded', sdl);
      return sdl;
    },
    metricsPage(own) {
      registry = own;
      return { contentType: own.contentType, metrics: async () => String(await pool.ask('metrics')) };
    },
  });
  return service;
}
