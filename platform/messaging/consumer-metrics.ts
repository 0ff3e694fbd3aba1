import { Counter, Histogram, type Registry } from '../foundation/metrics.ts';

export interface ConsumerMetrics {
  /** @returns to be called with what became of the message */
  startTimer(): (outcome: string) => void;
}

/** Figures of one queue's consumer; consumers of one registry share the metrics and differ by the label `queue`. */
export function createConsumerMetrics(queue: string, registry: Registry | undefined): ConsumerMetrics {
  if (!registry) return { startTimer: () => () => undefined };
  const registers = [registry];
  const counter =
    (registry.getSingleMetric('paygraph_messages_total') as Counter | undefined) ??
    new Counter({ name: 'paygraph_messages_total', help: 'Messages by what became of them', labelNames: ['queue', 'outcome'], registers });
  const histogram =
    (registry.getSingleMetric('paygraph_message_seconds') as Histogram | undefined) ??
    new Histogram({ name: 'paygraph_message_seconds', help: 'From delivery to acknowledgement', labelNames: ['queue'], registers });
  return {
    startTimer() {
      const stop = histogram.startTimer({ queue });
      return (outcome) => {
        stop();
        counter.inc({ queue, outcome });
      };
    },
  };
}
