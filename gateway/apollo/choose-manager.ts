import type { SupergraphManager } from '@apollo/gateway';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { ApolloGatewayOptions } from './apollo-gateway-options.ts';

/** What Apollo Server knows of Apollo's registry: from APOLLO_KEY and APOLLO_GRAPH_REF. */
export interface ApolloAccount {
  readonly key?: string;
  readonly keyHash?: string;
  readonly graphRef?: string;
}

/**
 * Who brings the supergraph. @apollo/gateway is only loaded where one of its managers has to be made.
 * @throws ConfigError CONFIG_INVALID when nothing says where the supergraph is
 */
export async function chooseManager(options: ApolloGatewayOptions, account: ApolloAccount, logger: Logger): Promise<SupergraphManager> {
  const { supergraphSdl, serviceList, localServiceList, serviceHealthCheck = false } = options;
  if (typeof supergraphSdl === 'string') return { initialize: async () => ({ supergraphSdl }) };
  if (typeof supergraphSdl === 'function') return { initialize: supergraphSdl };
  if (supergraphSdl) return supergraphSdl;
  if (localServiceList) {
    const { LocalCompose } = await import('@apollo/gateway');
    return new LocalCompose({ localServiceList: [...localServiceList], logger });
  }
  if (serviceList) {
    logger.warn('option serviceList is deprecated: use supergraphSdl: new IntrospectAndCompose({ subgraphs })');
    const { introspectionHeaders, pollIntervalInMs } = options;
    const { IntrospectAndCompose } = await import('@apollo/gateway');
    return new IntrospectAndCompose({
      subgraphs: [...serviceList],
      logger,
      subgraphHealthCheck: serviceHealthCheck,
      ...(introspectionHeaders && { introspectionHeaders }),
      ...(pollIntervalInMs !== undefined && { pollIntervalInMs }),
    });
  }
  const { key, graphRef } = account;
  if (key === undefined || graphRef === undefined)
    throw new ConfigError([
      'createApolloGateway: expected supergraphSdl (a composed supergraph, a function or a manager), or APOLLO_KEY and APOLLO_GRAPH_REF for Apollo’s registry; got neither',
    ]);
  const { uplinkEndpoints, uplinkMaxRetries, fallbackPollIntervalInMs = options.pollIntervalInMs } = options;
  const { UplinkSupergraphManager } = await import('@apollo/gateway');
  return new UplinkSupergraphManager({
    graphRef,
    apiKey: key,
    shouldRunSubgraphHealthcheck: serviceHealthCheck,
    logger,
    ...(uplinkEndpoints && { uplinkEndpoints: [...uplinkEndpoints] }),
    ...(uplinkMaxRetries !== undefined && { maxRetries: uplinkMaxRetries }),
    ...(fallbackPollIntervalInMs !== undefined && { fallbackPollIntervalInMs }),
  });
}
