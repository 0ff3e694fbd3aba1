import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parseMediaType } from './media-type.ts';
import { refuse } from './refuse.ts';

/**
 * The text of a JSON request. Nothing is read when the headers already say that it is too large; at the limit reading stops.
 * The caller closes the connection after a refusal, because the rest of the body may still be on its way.
 * @throws ProtocolError, at once or by its promise: UNSUPPORTED_MEDIA_TYPE | PAYLOAD_TOO_LARGE | BAD_REQUEST
 */
export function readJsonText(request: IncomingMessage, maxBytes: number): Promise<string> {
  requireJson(request.headers['content-type']);
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw refuse('UNSUPPORTED_MEDIA_TYPE', `expected a body without content-encoding, got ${encoding}`);
  return readBytes(request, maxBytes, toText);
}

function toText(bytes: Buffer): string {
  if (bytes.length === 0) throw refuse('BAD_REQUEST', 'expected a JSON object with a query, got an empty body');
  if (!isUtf8(bytes)) throw refuse('BAD_REQUEST', 'expected the body to be UTF-8, got other bytes');
  return bytes.toString('utf8');
}

/** @throws ProtocolError UNSUPPORTED_MEDIA_TYPE unless the header says JSON in UTF-8 */
export function requireJson(contentType: string | undefined): void {
  if (contentType === 'application/json') return;
  if (contentType === undefined) throw refuse('UNSUPPORTED_MEDIA_TYPE', 'expected content-type application/json, got none');
  const { essence, parameters } = parseMediaType(contentType);
  if (essence !== 'application/json')
    throw refuse('UNSUPPORTED_MEDIA_TYPE', `expected content-type application/json, got ${essence || 'something that is no media type'}`);
  const charset = parameters.get('charset');
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw refuse('UNSUPPORTED_MEDIA_TYPE', `expected charset utf-8, got ${charset}`);
}

/** @param convert may throw what the promise is rejected with */
function readBytes<T>(request: IncomingMessage, maxBytes: number, convert: (bytes: Buffer) => T): Promise<T> {
  const tooLarge = (): Error => refuse('PAYLOAD_TOO_LARGE', `expected a body of at most ${maxBytes} bytes, got more`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBytes) return;
      request.off('data', onData).pause();
      reject(tooLarge());
    };
    request.on('data', onData);
    request.on('end', () => {
      try {
        resolve(convert(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)));
      } catch (error) {
        reject(error);
      }
    });
    // Also after an error of the socket, which is told of only to those who listen to it.
    request.on('close', () => {
      if (!request.complete) reject(refuse('BAD_REQUEST', 'the connection closed before the body was complete'));
    });
  });
}
