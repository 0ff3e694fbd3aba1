import type { Dispatcher } from 'undici';
import { toMessage } from '../../platform/foundation/errors.ts';
import { parseResponse } from './parse-response.ts';
import type { SubgraphResponse } from './subgraph-client.ts';
import type { ChannelLoss } from './subscription-channel.ts';

/** Overload and what stands in for a server that is not there. */
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What an answer means that is no stream: GraphQL errors, a server that is busy, or one that does not speak this protocol here. */
export async function readRefusal(
  { statusCode, body, headers }: Dispatcher.ResponseData,
  protocol: string,
  maxBytes: number,
): Promise<ChannelLoss> {
  const text = await readText(body, maxBytes).catch((error: unknown) => ({ failed: toMessage(error) }));
  if (typeof text !== 'string') return { fatal: false, message: text.failed };
  const response = toResponse(text);
  const message = `the subscription was answered with HTTP status ${statusCode} and ${String(headers['content-type'] ?? 'no content-type')}`;
  if (response?.errors && response.errors.length > 0 && (response.data === undefined || response.data === null)) {
    return { fatal: true, message, refusal: response.errors, unsupported: true };
  }
  if (LATER.has(statusCode)) return { fatal: false, message };
  if (statusCode === 401 || statusCode === 403) return { fatal: true, message };
  return { fatal: true, message: `${message}; expected a stream (${protocol})`, unsupported: true };
}

async function readText(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toResponse(text: string): SubgraphResponse | undefined {
  try {
    return parseResponse(text, '');
  } catch {
    return undefined; // a page of HTML, most likely
  }
}
