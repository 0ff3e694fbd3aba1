import type { IncomingHttpHeaders } from 'node:http';
import { refuse } from './refuse.ts';

/** `browsers`: only requests that a browser may have been tricked into are refused. `strict`: every client must prove itself, as with Apollo Server. */
export const CSRF_POLICIES = ['browsers', 'strict'] as const;
export type CsrfPolicy = (typeof CSRF_POLICIES)[number];

/** A page of another site cannot set these without a CORS preflight, which we would refuse. The same two as Apollo Server's. */
export const PREFLIGHT_HEADERS = ['x-apollo-operation-name', 'apollo-require-preflight'] as const;

/**
 * Lets a GET that executes something pass, or refuses it: a page of another site could have made the browser send it.
 * A POST needs no such check: it must come as `application/json`, which no page sends to another site without a preflight.
 * @throws ProtocolError BAD_REQUEST
 */
export function refuseForgedGet(headers: IncomingHttpHeaders, policy: CsrfPolicy): void {
  if (!mayBeForged(headers, policy)) return;
  throw refuse(
    'BAD_REQUEST',
    `this GET could have been forged by another web site (CSRF): send POST, or a header ${PREFLIGHT_HEADERS.join(' or ')} that is not empty`,
  );
}

/** Whether a page of another site could have made the browser send a request that has no body. @param headers their content-type, if any, is JSON, see requireJson */
export function mayBeForged(headers: IncomingHttpHeaders, policy: CsrfPolicy): boolean {
  if (PREFLIGHT_HEADERS.some((name) => headers[name]) || headers['content-type'] !== undefined) return false;
  return policy !== 'browsers' || (isFromBrowser(headers) && !isFromOwnPage(headers));
}

/** Every browser names itself Mozilla, and a page cannot change that; the others are there for embedded ones that changed it. */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  const marks = [headers.origin, headers.referer, headers.cookie, headers['sec-fetch-site'], headers['sec-fetch-dest']];
  return marks.some((value) => value !== undefined) || (headers['user-agent'] ?? '').includes('Mozilla/');
}

/** Our own page, or typed by the user. Browsers leave `sec-fetch-site` out on plain http beyond loopback; then the page's address tells. */
function isFromOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return isSameHost(headers.origin ?? headers.referer, headers.host);
}

/** True when the page at `address` was served by the host that this request goes to. */
export function isSameHost(address: string | undefined, host: string | undefined): boolean {
  return address !== undefined && host !== undefined && URL.canParse(address) && new URL(address).host === host.toLowerCase();
}
