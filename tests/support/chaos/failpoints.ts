/** What happens at a failpoint that was armed. */
export type FailpointAction =
  /** SIGKILL of the process; after a while where bytes must leave it first, and whoever is there waits meanwhile. */
  | { readonly kind: 'kill'; readonly afterMs: number }
  /** Whoever is there waits until `release`. */
  | { readonly kind: 'hold' };

export interface ArmedFailpoint {
  readonly point: string;
  /** At which visit from now on, from 1. */
  readonly visit: number;
  readonly action: FailpointAction;
}

/** Told at once, synchronously: the process may be dead in the next moment. */
export interface FailpointReports {
  /** The first visit of a point in this process. */
  onVisited(point: string): void;
  /** An armed point does what it was armed for. */
  onReached(point: string): void;
}

/** Named places between two steps of a service. Its decorated broker and database visit them; the services know nothing of them. */
export class Failpoints {
  readonly #visited = new Set<string>();
  readonly #armed = new Map<string, { left: number; action: FailpointAction }>();
  readonly #held = new Map<string, (() => void)[]>();
  readonly #reports: FailpointReports;

  constructor(reports: FailpointReports) {
    this.#reports = reports;
  }

  arm({ point, visit, action }: ArmedFailpoint): void {
    this.#armed.set(point, { left: visit, action });
  }

  /** Whether the next visits of the point lead to something. */
  isArmed(point: string): boolean {
    return this.#armed.has(point);
  }

  /** Forgets what is armed, and lets go of whoever waits. */
  disarm(): void {
    this.#armed.clear();
    for (const point of this.#held.keys()) this.release(point);
  }

  release(point: string): void {
    for (const go of this.#held.get(point) ?? []) go();
    this.#held.delete(point);
  }

  /** Passes the point; undefined when nothing happens there, so that the caller need not wait. */
  visit(point: string): Promise<void> | undefined {
    if (!this.#visited.has(point)) {
      this.#visited.add(point);
      this.#reports.onVisited(point);
    }
    const armed = this.#armed.get(point);
    if (!armed) return undefined;
    armed.left -= 1;
    if (armed.left > 0) return undefined;
    this.#armed.delete(point);
    this.#reports.onReached(point);
    const { action } = armed;
    if (action.kind === 'hold') return new Promise((resolve) => this.#held.set(point, [...(this.#held.get(point) ?? []), resolve]));
    if (action.afterMs === 0) process.kill(process.pid, 'SIGKILL');
    return new Promise(() => setTimeout(() => process.kill(process.pid, 'SIGKILL'), action.afterMs));
  }
}

const around = (...statements: string[]): string[] =>
  statements.flatMap((name) => [`${name}: before`, `${name}: open`, `${name}: committed`]);
const publishing = (...publishes: string[]): string[] =>
  publishes.flatMap((name) => [`${name}: before`, `${name}: sent`, `${name}: confirmed`]);
const receiving = (...what: string[]): string[] => what.flatMap((name) => [`receive ${name}`, `ack ${name}: before`, `ack ${name}: done`]);

/**
 * Every named point. Of a statement: `before` it is sent, `open` when it is done and not committed, `committed`. Of a message: `before` it is published, `sent`
 * and not confirmed, `confirmed`. Of a delivery: when it comes, before and after its acknowledgement.
 */
export const FAILPOINTS = {
  users: [
    ...around('pay', 'refuse', 'deposit', 'settle', 'credit back', 'give positions', 'mark published', 'republish', 'remove published'),
    ...publishing('publish request', 'park outcome'),
    ...receiving('outcome'),
  ],
  payments: [
    ...around('process', 'give positions', 'mark published', 'republish', 'discard'),
    ...publishing('publish outcome', 'park request', 'retry request', 'send back'),
    ...receiving('request'),
  ],
} as const satisfies Record<'users' | 'payments', readonly string[]>;

/** SIGKILL there, at the n-th visit. */
export function killAt(point: string, visit = 1): ArmedFailpoint {
  // What was handed to a socket leaves the process a moment later.
  const afterMs = point.endsWith(': sent') || point.endsWith(': done') ? 50 : 0;
  return { point, visit, action: { kind: 'kill', afterMs } };
}
