import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { parseAccept } from './media-type.ts';

/** A file in memory as it is sent: whole, and compressed where that helps. */
export interface Asset {
  readonly headers: OutgoingHttpHeaders;
  readonly etag: string;
  readonly body: Buffer;
  /** None where it would not help. Made when it is first asked for, and kept: most files are never asked for, and a start need not wait for them. */
  readonly compressed: Readonly<Partial<Record<Encoding, () => Promise<Buffer>>>>;
}

type Encoding = 'br' | 'gzip';

const COMPRESSIBLE = /^(text\/|application\/(javascript|json|manifest\+json|wasm|xml)|image\/svg\+xml|font\/ttf)/;
const MIN_COMPRESSED_BYTES = 1_000;
/** The first who asks waits for it: 9 takes eight times as long, for files that are 2 % smaller. */
const BROTLI_QUALITY = 5;
const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

/** @param headers sent with it, `content-type` among them */
export function createAsset(body: Buffer, headers: OutgoingHttpHeaders): Asset {
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const all = { ...headers, 'x-content-type-options': 'nosniff', etag, vary: 'accept-encoding' };
  if (body.length < MIN_COMPRESSED_BYTES || !COMPRESSIBLE.test(String(headers['content-type'])))
    return { headers: all, etag, body, compressed: {} };
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  return {
    headers: all,
    etag,
    body,
    compressed: { br: once(() => compressBrotli(body, { params })), gzip: once(() => compressGzip(body)) },
  };
}

/** Answers a GET or HEAD: 304 when the client has it already. */
export async function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): Promise<void> {
  const { headers, etag, body, compressed } = asset;
  if (isKnown(request.headers['if-none-match'], etag)) return void response.writeHead(304, headers).end();
  const encoding = chooseEncoding(request.headers['accept-encoding'], compressed);
  const bytes = (encoding && (await compressed[encoding]?.())) ?? body;
  response.writeHead(200, { ...headers, ...(encoding && { 'content-encoding': encoding }), 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Off the main thread, the first time; a failure is forgotten. */
function once(make: () => Promise<Buffer>): () => Promise<Buffer> {
  let made: Promise<Buffer> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.slice(2));
}

function chooseEncoding(accepted: string | undefined, compressed: Asset['compressed']): Encoding | undefined {
  if (accepted === undefined) return undefined;
  const ranges = parseAccept(accepted);
  const isWanted = (encoding: Encoding): boolean => ranges.some(({ essence, quality }) => essence === encoding && quality > 0);
  return (['br', 'gzip'] as const).find((encoding) => compressed[encoding] && isWanted(encoding));
}
