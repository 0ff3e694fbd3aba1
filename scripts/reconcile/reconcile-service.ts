import { toMessage } from '../../platform/foundation/errors.ts';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import { createService, type ReleaseStack, type Service } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { Counter, createMetrics, Gauge, type Registry } from '../../platform/foundation/metrics.ts';
import { startWakeLoop } from '../../platform/messaging/wake-loop.ts';
import { DIFFERENCE_KINDS } from './difference.ts';
import { needsAttention, type ReconcileReport } from './reconcile.ts';

export interface ReconcileServiceOptions {
  /** Opens what a run needs; the stack closes it. @returns makes one run */
  readonly open: (stack: ReleaseStack) => Promise<() => Promise<ReconcileReport>>;
  readonly everyMs: number;
  /** Where `/metrics` is answered; undefined: nowhere. */
  readonly port: number | undefined;
  readonly logger: Logger;
  readonly onReport: (report: ReconcileReport) => void;
  readonly onListening?: (url: string) => void;
}

/** Reconciles again and again; a run that fails is logged, counted, and tried again at its next time. `stop` waits for the run that is going on. */
export function createReconcileService({ open, everyMs, port, logger, onReport, onListening }: ReconcileServiceOptions): Service {
  return createService('reconcile', async (stack) => {
    const metrics = createMetrics('reconcile');
    const record = createRecorder(metrics);
    const run = await open(stack);
    stack.use(
      startWakeLoop(async () => {
        try {
          const report = await run();
          record.report(report);
          onReport(report);
          if (needsAttention(report)) logger.warn({ differences: report.differences.length }, 'reconcile found something: see the report');
        } catch (error) {
          record.failure();
          logger.warn({ err: error }, `reconcile failed: ${toMessage(error)}`);
        }
        return { waitMs: everyMs };
      }),
    );
    if (port === undefined) return;
    const server = await startHttpServer({
      name: 'reconcile',
      host: '127.0.0.1',
      port,
      onRequest(request, response) {
        if (request.url !== '/metrics')
          return void response.writeHead(404, { 'content-type': 'text/plain' }).end('there is only /metrics\n');
        metrics.metrics().then(
          (page) => response.writeHead(200, { 'content-type': metrics.contentType }).end(page),
          () => response.writeHead(500).end(),
        );
      },
    });
    stack.use(server);
    onListening?.(server.url);
  });
}

function createRecorder(metrics: Registry): { report(report: ReconcileReport): void; failure(): void } {
  const registers = [metrics];
  const differences = new Gauge({
    name: 'paygraph_reconcile_differences',
    help: 'Differences between users and payments that the last run found',
    labelNames: ['kind'],
    registers,
  });
  const unpublished = new Gauge({
    name: 'paygraph_reconcile_outbox_unpublished',
    help: 'Messages of an outbox that were not published',
    labelNames: ['of'],
    registers,
  });
  const parked = new Gauge({ name: 'paygraph_reconcile_parked', help: 'Messages that were set aside', registers });
  const succeededAt = new Gauge({
    name: 'paygraph_reconcile_success_timestamp_seconds',
    help: 'When a run last came to its end',
    registers,
  });
  const seconds = new Gauge({ name: 'paygraph_reconcile_seconds', help: 'How long the last run took', registers });
  const failures = new Counter({ name: 'paygraph_reconcile_failures_total', help: 'Runs that could not be made', registers });
  return {
    report(report) {
      for (const kind of DIFFERENCE_KINDS)
        differences.set({ kind }, report.differences.filter((difference) => difference.kind === kind).length);
      unpublished.set({ of: 'users' }, report.users.outbox.unpublished);
      unpublished.set({ of: 'payments' }, report.payments.outbox.unpublished);
      parked.set(report.broker === null ? NaN : report.broker.requests.parked + report.broker.outcomes.parked);
      succeededAt.set(Date.now() / 1_000);
      seconds.set(report.tookMs / 1_000);
    },
    failure: () => failures.inc(),
  };
}
