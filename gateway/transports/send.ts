import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** How long a client may go on sending a body that was refused, so that it reads the refusal before the connection goes. */
const LINGER_MS = 1_000;

/** By name, or names and values in turns, which costs less to write. */
export type SentHeaders = OutgoingHttpHeaders | readonly string[];

/** Sends a whole text at once. */
export function sendText(response: ServerResponse, status: number, headers: SentHeaders, text: string): void {
  const length = Buffer.byteLength(text);
  writeHead(response, status, headers, 'content-length', String(length));
  // Head and body leave as one string; what is ASCII is copied as it stands.
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}

/**
 * Sends a whole text while the request's body may still be coming in. The connection is closed after it, but not at once: closing with
 * unread bytes resets the connection, and the client would lose the answer. What still comes is thrown away.
 */
export function sendTextEarly(response: ServerResponse, status: number, headers: SentHeaders, text: string): void {
  const { req: request } = response;
  if (!isBodyComing(request)) return sendText(response, status, headers, text);
  writeHead(response, status, headers, 'content-length', String(Buffer.byteLength(text)), 'connection', 'close');
  response.write(text);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.on('end', end).on('close', end).on('error', end);
  request.resume();
}

function writeHead(response: ServerResponse, status: number, headers: SentHeaders, ...more: string[]): void {
  if (isInTurns(headers)) {
    response.writeHead(status, [...headers, ...more]);
    return;
  }
  const all: OutgoingHttpHeaders = { ...headers };
  for (let index = 0; index < more.length; index += 2) all[more[index] ?? ''] = more[index + 1];
  response.writeHead(status, all);
}

function isInTurns(headers: SentHeaders): headers is readonly string[] {
  return Array.isArray(headers);
}

function isBodyComing({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}
