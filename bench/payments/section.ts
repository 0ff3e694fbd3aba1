import type { Row } from '../report/tables.ts';
import type { BenchServers } from './bench-servers.ts';
import type { EventReader } from './event-reader.ts';
import type { Pipeline } from './pipeline.ts';

/** What all sections of one run share. */
export interface PaymentsBench {
  readonly servers: BenchServers;
  readonly pipeline: Pipeline;
  /** Listens to all outcomes. */
  readonly reader: EventReader;
  /** What was measured as the most payments a second; a section that needs it and comes alone measures it shortly. */
  maxPerSecond: number | undefined;
  readonly options: PaymentsBenchOptions;
  say(line: string): void;
}

export interface PaymentsBenchOptions {
  /** Interleaved, of each thing that is compared. */
  readonly rounds: number;
  /** Of one round. */
  readonly seconds: number;
  /** Of one latency measurement. */
  readonly latencySeconds: number;
  readonly warmUpSeconds: number;
  /** That pay at once when the most is looked for. */
  readonly connections: number;
  /** Payers, in turn. */
  readonly users: number;
  /** Messages that wait before they are worked off. */
  readonly backlog: number;
  /** Open ones, each for one user. */
  readonly subscriptions: number;
  /** Of the soak. */
  readonly minutes: number;
  /** Payments in the largest tables. */
  readonly growth: number;
}

export interface Bar {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

/** A part of the benchmark's page. */
export interface SectionReport {
  readonly name: string;
  readonly title: string;
  /** What was done, for a reader who has not seen the code. */
  readonly text: string;
  readonly tables: readonly (readonly Row[])[];
  readonly bars: readonly Bar[];
  /** Everything, as JSON. */
  readonly figures: unknown;
}

export interface Section {
  readonly name: string;
  /** For the help. */
  readonly summary: string;
  /** Whether it is measured unless something else is asked for. */
  readonly byDefault: boolean;
  run(bench: PaymentsBench): Promise<SectionReport>;
}
