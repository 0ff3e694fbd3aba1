import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService, type GatewaySeams } from '../../gateway/service.ts';
import { loadSupergraph } from '../../gateway/supergraph/load-supergraph.ts';
import { createSupergraph } from '../../gateway/supergraph/supergraph.ts';
import type { Environment } from '../../platform/foundation/config.ts';
import type { Service } from '../../platform/foundation/lifecycle.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';

/** Checks the supergraph too, so that one that does not compose never takes the place of one that does. @throws ConfigError with what is wrong */
export async function loadGateway(env: Environment): Promise<(seams: GatewaySeams) => Service> {
  const config = readGatewayConfig(env);
  const { sdl } = await loadSupergraph({ file: config.supergraph, env, logger: silentLogger, signal: AbortSignal.timeout(10_000) });
  createSupergraph(sdl, { from: config.supergraph, planner: config.planner });
  return ({ onListening }) => createGatewayService(config, onListening ? { onListening } : {});
}
