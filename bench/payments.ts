import { describeRun, type RunDescription } from './measure/describe-run.ts';
import { runSql } from './payments/run-sql.ts';
import type { BenchServers } from './payments/bench-servers.ts';
import { backlog } from './payments/backlog.ts';
import { batches } from './payments/batches.ts';
import { brokerStopped } from './payments/broker-stopped.ts';
import { startEventReader } from './payments/event-reader.ts';
import { growth } from './payments/growth.ts';
import { latency } from './payments/latency.ts';
import { startPipeline } from './payments/pipeline.ts';
import type { PaymentsBench, PaymentsBenchOptions, Section, SectionReport } from './payments/section.ts';
import { recovery } from './payments/recovery.ts';
import { soak } from './payments/soak.ts';
import { subscriptions } from './payments/subscriptions.ts';
import { throughput } from './payments/throughput.ts';

/** All there are, in the order of the page. */
export const SECTIONS: readonly Section[] = [throughput, latency, brokerStopped, backlog, subscriptions, batches, growth, recovery, soak];

export interface PaymentsResults extends RunDescription {
  /** Their versions. */
  readonly servers: string;
  readonly command: string;
  readonly sections: readonly SectionReport[];
}

export interface PaymentsRunOptions extends PaymentsBenchOptions {
  readonly servers: BenchServers;
  /** By name. */
  readonly only: readonly string[];
  /** For `node`, of the three services. */
  readonly nodeOptions?: readonly string[];
  /** As it was typed, for the results. */
  readonly command: string;
  readonly say: (line: string) => void;
}

/**
 * Measures the whole way of a payment, with users, payments and the gateway as processes of their own. Clients pay and listen at the gateway, since
 * that is where clients are; what the gateway costs is in the figures.
 * The caller stops the servers; everything else has ended when it returns.
 */
export async function measurePayments(options: PaymentsRunOptions): Promise<PaymentsResults> {
  const { servers, only, command, say, nodeOptions = [], users } = options;
  const pipeline = await startPipeline({ servers, name: 'run', users, nodeOptions });
  try {
    const reader = await startEventReader(pipeline.port);
    const bench: PaymentsBench = { servers, pipeline, reader, maxPerSecond: undefined, options, say };
    const sections: SectionReport[] = [];
    for (const section of SECTIONS.filter(({ name }) => only.includes(name))) {
      say(section.name);
      sections.push(await section.run(bench));
    }
    reader.stop();
    return { ...describeRun(), servers: await describeServers(pipeline.databaseUrls.users, servers), command, sections };
  } finally {
    await pipeline.stop();
  }
}

async function describeServers(url: string, { rabbitmq }: BenchServers): Promise<string> {
  const [settings] = await runSql<{ version: string; fsync: string; commit: string }>(
    url,
    `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
  );
  const broker = (await rabbitmq?.control('version').catch(() => ''))?.trim() ?? '';
  return `PostgreSQL ${settings?.version} (fsync ${settings?.fsync}, synchronous_commit ${settings?.commit}), RabbitMQ ${broker || 'of somebody else'} (quorum queues, confirms)`;
}
