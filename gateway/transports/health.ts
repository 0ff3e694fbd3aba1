import type { ServerResponse } from 'node:http';
import { sendText } from './send.ts';

/** One thing that was looked at; `problem` says why it is down. */
export interface HealthCheck {
  readonly status: 'up' | 'down';
  readonly problem?: string;
}

export interface Health {
  /** Decides the status: 200 or 503. */
  readonly ready: boolean;
  /** By name: `schema`, `subgraph users` … Some are for information only: a dead subgraph does not make the gateway unready. */
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

export function sendHealth(response: ServerResponse, { ready, checks }: Health): void {
  const body = JSON.stringify({ status: ready ? 'up' : 'down', checks });
  sendText(response, ready ? 200 : 503, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body);
}
