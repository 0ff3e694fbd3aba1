import { startHttpServer } from '../platform/foundation/http-server.ts';
import { createService, type Service } from '../platform/foundation/lifecycle.ts';
import { createLogger } from '../platform/foundation/logger.ts';
import { assembleGateway, type AssemblySeams } from './assemble-gateway.ts';
import type { GatewayConfig } from './config.ts';

/** What a composition or a test is told. */
export interface GatewaySeams extends AssemblySeams {
  /** Told where GraphQL is, once requests are answered: `http://127.0.0.1:4000/graphql`. */
  readonly onListening?: (url: string) => void;
}

/**
 * The gateway over one supergraph. Subgraphs may be down when it starts, unless their schema is asked of them; then it waits.
 * Stopping: not ready any more; streams end without being completed and WebSockets with 1001, so that clients come back elsewhere;
 * requests in flight finish; connections to subgraphs close.
 * @throws by `start`: ConfigError CONFIG_INVALID | COMPOSITION_FAILED | SUPERGRAPH_INVALID | PLANNER_UNAVAILABLE | PORT_TAKEN | PORT_FORBIDDEN | HOST_UNKNOWN
 */
export function createGatewayService(config: GatewayConfig, seams: GatewaySeams = {}): Service {
  return createService('gateway', async (stack, signal) => {
    const logger = createLogger('gateway', config.log);
    const gateway = await assembleGateway(config, { stack, signal, logger }, seams);
    const http = stack.use(
      await startHttpServer({
        name: 'gateway',
        host: config.host,
        port: config.port,
        onRequest: gateway.handle,
        onUpgrade: gateway.upgrade,
      }),
    );
    stack.use(gateway.transports);

    const url = `${http.url}${config.path}`;
    logger.info({ url, supergraph: config.supergraph }, 'the gateway answers');
    seams.onListening?.(url);
  });
}
