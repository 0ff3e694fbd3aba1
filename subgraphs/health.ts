import type { ServerResponse } from 'node:http';
import { toMessage } from '../platform/foundation/errors.ts';
import { withDeadline } from '../platform/foundation/lifecycle.ts';
import type { Broker } from '../platform/messaging/broker.ts';

/** How one thing that the service stands on is doing. */
export interface Check {
  readonly status: 'up' | 'down';
  /** A sentence for a person, when there is something to say. */
  readonly problem?: string;
}

export interface Checks {
  /** The service is ready only while these are up. */
  readonly required: Readonly<Record<string, () => Promise<unknown>>>;
  /** Reported, and no reason to be taken out of service. */
  readonly reported: Readonly<Record<string, () => Check>>;
}

const ANSWER_WITHIN_MS = 2_000;

/** `/health/live`: the process answers. */
export function answerLive(response: ServerResponse): void {
  answer(response, 200, { status: 'up', checks: {} });
}

/** `/health/ready`: 200 when everything required is up, else 503; both with every check. */
export async function answerReady(response: ServerResponse, { required, reported }: Checks): Promise<void> {
  const checked = await Promise.all(Object.entries(required).map(async ([name, check]) => [name, await toCheck(check)] as const));
  const up = checked.every(([, check]) => check.status === 'up');
  const others = Object.entries(reported).map(([name, check]) => [name, check()] as const);
  answer(response, up ? 200 : 503, { status: up ? 'up' : 'down', checks: Object.fromEntries([...checked, ...others]) });
}

async function toCheck(check: () => Promise<unknown>): Promise<Check> {
  try {
    await withDeadline(check(), Date.now() + ANSWER_WITHIN_MS);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', problem: toMessage(error) };
  }
}

function answer(response: ServerResponse, status: number, body: { status: 'up' | 'down'; checks: Record<string, Check> }): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

/** A consumer that is stuck is reported, and no reason to be taken out of service: another replica may be no better off. */
export function toConsumerCheck({ problem }: { readonly problem: string | undefined }): Check {
  return problem === undefined ? { status: 'up' } : { status: 'down', problem };
}

/** A broker that is away is reported, and no reason to be taken out of service: payments are accepted all the same. */
export function toBrokerCheck({ connected, problem }: Pick<Broker, 'connected' | 'problem'>): Check {
  return { status: connected ? 'up' : 'down', ...(problem !== undefined && { problem }) };
}
