import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { isSameHost } from './csrf.ts';

/** Which web pages of other origins may use the gateway. `*` stands for all, then without credentials. */
export type AllowedOrigins = readonly string[];

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
/** How long a browser may keep a preflight's answer, seconds. */
const MAX_AGE = '600';

/** Headers of every response to a page of another origin; none for the rest. */
export function corsHeaders(headers: IncomingHttpHeaders, allowed: AllowedOrigins): OutgoingHttpHeaders {
  const { origin } = headers;
  if (origin === undefined || allowed.length === 0) return {};
  if (allowed.includes(origin)) {
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id',
      vary: 'origin',
    };
  }
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-request-id' };
  return { vary: 'origin' };
}

/** What a preflight is answered in addition, when its origin is allowed. Any header may be asked for: none of ours gives a right by itself. @param methods of what is at this address, separated by commas */
export function preflightHeaders(headers: IncomingHttpHeaders, methods: string): OutgoingHttpHeaders {
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': headers['access-control-request-headers'] ?? 'content-type',
    'access-control-max-age': MAX_AGE,
    // Browsers ask separately whether a public page may reach a server on the user's own machine or network.
    ...(headers['access-control-request-private-network'] === 'true' ? { 'access-control-allow-private-network': 'true' } : {}),
  };
}

/**
 * Whether a WebSocket may be opened from where it comes. Browsers have no preflight for WebSockets, so this is all that keeps a foreign
 * page from paying in a user's name. Programs send no Origin and pass; so do our own pages, pages on this machine, and allowed origins.
 */
export function mayOpenWebSocket(headers: IncomingHttpHeaders, allowed: AllowedOrigins): boolean {
  const { origin } = headers;
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin) || isSameHost(origin, headers.host)) return true;
  return URL.canParse(origin) && LOOPBACK_HOSTS.has(new URL(origin).hostname);
}
