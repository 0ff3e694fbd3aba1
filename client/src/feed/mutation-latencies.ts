/** From the click to the event, as this browser saw it. */
export interface LatencySample {
  readonly paymentId: string;
  /** When the event came, milliseconds since 1970. */
  readonly at: number;
  readonly latencyMs: number;
}

export interface MutationLatencies {
  /** @param sentAtMs `performance.now()` at the click @returns whether there is a new sample: the event came before the mutation's answer */
  mutationSent(paymentId: string, sentAtMs: number): boolean;
  eventCame(paymentId: string): void;
  /** Oldest first. The same array until there is a new one. */
  samples(): readonly LatencySample[];
}

const MAX_SAMPLES = 1_000;
const MAX_WAITING = 1_000;

/** The event may come before the mutation's answer, which is the first to say the payment's id: both are kept until the other is there. */
export function createMutationLatencies(now: () => number = () => performance.now()): MutationLatencies {
  const sent = new Map<string, number>();
  const came = new Map<string, number>();
  const measured = new Set<string>();
  let samples: readonly LatencySample[] = [];

  const measure = (paymentId: string, latencyMs: number): boolean => {
    if (latencyMs < 0 || measured.has(paymentId)) return false; // a repeated mutation of a payment whose outcome is old
    keep(measured, paymentId);
    samples = [...samples.slice(1 - MAX_SAMPLES), { paymentId, at: Date.now(), latencyMs }];
    return true;
  };
  return {
    mutationSent(paymentId, sentAtMs) {
      const cameAt = came.get(paymentId);
      if (cameAt !== undefined) return measure(paymentId, cameAt - sentAtMs);
      if (!sent.has(paymentId)) sent.set(paymentId, sentAtMs); // sent again: the first click counts
      forgetOldest(sent);
      return false;
    },
    eventCame(paymentId) {
      came.set(paymentId, now());
      forgetOldest(came);
      const sentAtMs = sent.get(paymentId);
      sent.delete(paymentId);
      if (sentAtMs !== undefined) measure(paymentId, now() - sentAtMs);
    },
    samples: () => samples,
  };
}

function keep(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size > MAX_SAMPLES) for (const oldest of ids) return void ids.delete(oldest);
}

function forgetOldest(waiting: Map<string, number>): void {
  if (waiting.size <= MAX_WAITING) return;
  for (const oldest of waiting.keys()) return void waiting.delete(oldest);
}
