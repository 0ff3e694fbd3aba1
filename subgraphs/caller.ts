import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Who asks, for every request and every subscription. Room for authentication: what it will need is in the headers. */
export interface Caller {
  /** The caller's own `x-request-id` when it is a sane one, else a new one. Stands in logs and in masked errors. */
  readonly requestId: string;
  /** Names in lower case; several headers of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What every context of a resolver has. */
export interface CallerContext {
  readonly caller: Caller;
}

export function toCaller(incoming: IncomingHttpHeaders): Caller {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const given = headers['x-request-id'];
  return { requestId: given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID(), headers };
}
