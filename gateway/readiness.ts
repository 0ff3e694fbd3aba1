import { toMessage } from '../platform/foundation/errors.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';
import type { Health, HealthCheck } from './transports/health.ts';

export interface ReadinessOptions {
  /** Schema loaded, and not stopping. */
  readonly isReady: () => boolean;
  readonly subgraphNames: () => Iterable<string>;
  readonly clientOf: (name: string) => SubgraphClient;
  /** How long a subgraph may take to say that it is there. */
  readonly timeoutMs: number;
  /** How long an answer is good for, so that nobody can make us flood subgraphs by asking how they are. */
  readonly keepMs: number;
}

/** Asks every subgraph whether it is there when somebody wants to know. A dead one is reported and does not make the gateway unready. */
export function createReadiness(options: ReadinessOptions): () => Promise<Health> {
  let asked: { readonly at: number; readonly checks: Promise<Record<string, HealthCheck>> } | undefined;
  return async () => {
    if (!asked || Date.now() - asked.at > options.keepMs) asked = { at: Date.now(), checks: askAll(options) };
    const ready = options.isReady();
    return {
      ready,
      checks: {
        gateway: ready ? { status: 'up' } : { status: 'down', problem: 'it has no schema yet, or is stopping' },
        ...(await asked.checks),
      },
    };
  };
}

async function askAll({ subgraphNames, clientOf, timeoutMs }: ReadinessOptions): Promise<Record<string, HealthCheck>> {
  const checks = [...subgraphNames()].map(async (name) => [`subgraph ${name}`, await ask(clientOf(name), timeoutMs)] as const);
  return Object.fromEntries(await Promise.all(checks));
}

async function ask(client: SubgraphClient, timeoutMs: number): Promise<HealthCheck> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await client.execute({ query: '{__typename}', kind: 'query' }, { headers: {}, signal });
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', problem: signal.aborted ? `no answer within ${timeoutMs} ms` : toMessage(error) };
  }
}
