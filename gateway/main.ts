import cluster from 'node:cluster';
import { runProcess } from '../platform/foundation/run-process.ts';
import { applyCommandLine, GATEWAY_HELP } from './command-line.ts';
import type { Service } from '../platform/foundation/lifecycle.ts';
import { readGatewayConfig, type GatewayConfig } from './config.ts';

await runProcess((env) => {
  const complete = applyCommandLine(process.argv.slice(2), env);
  if (complete) return assemble(readGatewayConfig(complete));
  process.stdout.write(GATEWAY_HELP);
  process.exit(0);
}, process.env);

/** Loads only what this process is: the primary of a pool needs no engine. */
async function assemble(config: GatewayConfig): Promise<Service> {
  if (config.workers === 1) return (await import('./service.ts')).createGatewayService(config);
  if (cluster.isWorker) return (await import('./cluster/worker-service.ts')).createWorkerService(config);
  return (await import('./cluster/worker-pool.ts')).createWorkerPool(config);
}
