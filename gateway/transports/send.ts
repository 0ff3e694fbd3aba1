import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** How long a client may go on sending a body that was refused, so that it reads the refusal before the connection goes. */
const LINGER_MS = 1_000;

/** Sends a whole text at once. */
export function sendText(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, text: string): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/**
 * Sends a whole text while the request's body may still be coming in. The connection is closed after it, but not at once: closing with
 * unread bytes resets the connection, and the client would lose the answer. What still comes is thrown away.
 */
export function sendTextEarly(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, text: string): void {
  const { req: request } = response;
  if (!isBodyComing(request)) return sendText(response, status, headers, text);
  response.writeHead(status, { ...headers, connection: 'close', 'content-length': Buffer.byteLength(text) });
  response.write(text);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.on('end', end).on('close', end).on('error', end);
  request.resume();
}

function isBodyComing({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}
