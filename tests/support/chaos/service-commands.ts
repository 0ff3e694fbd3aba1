import type { ArmedFailpoint } from './failpoints.ts';

/** What a service under test is told while it runs. */
export type ServiceCommand =
  | ({ readonly kind: 'arm' } & ArmedFailpoint)
  | { readonly kind: 'release'; readonly point: string }
  | { readonly kind: 'disarm' }
  /** The database answers this share of the statements that change something with an error. 0: none any more. */
  | { readonly kind: 'fail statements'; readonly code: SqlState; readonly share: number; readonly seed: number }
  | { readonly kind: 'clock'; readonly offsetMs: number };

/** Serialisation failure, deadlock, disk full, internal error. */
export type SqlState = '40001' | '40P01' | '53100' | 'XX000';

/** What it says, one line of JSON each, written before anything else happens. */
export type ServiceReport =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'visited'; readonly point: string }
  | { readonly kind: 'reached'; readonly point: string }
  /** A statement was rewritten as the defect has it; said once. */
  | { readonly kind: 'rewritten' };

/** Where it writes them: after standard input, output and error. */
export const REPORT_FD = 3;
