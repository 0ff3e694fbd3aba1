import { readLoyaltyConfig } from '../../examples/loyalty/config.ts';
import { createLoyaltyService, type LoyaltySeams } from '../../examples/loyalty/service.ts';
import { FEW_CONNECTIONS } from './short-lived.ts';
import type { RunningSubgraph } from './subgraph-services.ts';

/** The example subgraph in this process, on a port of its own. Without AMQP_URL it hears of payments from the graph; without LOYALTY_GRAPH_URL nobody answers there. */
export async function startLoyalty(
  databaseUrl: string,
  env: Readonly<Record<string, string>>,
  seams: LoyaltySeams = {},
): Promise<RunningSubgraph> {
  const config = readLoyaltyConfig({
    LOG_LEVEL: 'silent',
    LOYALTY_PORT: '0',
    LOYALTY_DATABASE_URL: databaseUrl,
    LOYALTY_GRAPH_URL: 'http://127.0.0.1:1/graphql',
    LOYALTY_EVENTS_POLL_MS: '50',
    ...FEW_CONNECTIONS,
    ...env,
  });
  let url = '';
  const service = createLoyaltyService(config, { onListening: (listeningUrl) => (url = listeningUrl), ...seams });
  await service.start();
  return { url, service, [Symbol.asyncDispose]: () => service.stop() };
}
