import { parseAccept, type MediaType } from './media-type.ts';

export type JsonMediaType = 'application/json' | 'application/graphql-response+json';
export type StreamMediaType = 'text/event-stream' | 'multipart/mixed';

/** What a client may be sent, decided from its Accept header alone. `undefined`: nothing of that sort is acceptable to it. */
export interface Acceptable {
  /** For one result as one JSON text. */
  readonly json: JsonMediaType | undefined;
  /** For results as they come. */
  readonly stream: StreamMediaType | undefined;
  /** For an operation that has one result: as JSON unless the client likes a stream better. */
  readonly preferred: JsonMediaType | StreamMediaType | undefined;
}

const JSON_TYPES: readonly JsonMediaType[] = ['application/json', 'application/graphql-response+json'];
const STREAM_TYPES: readonly StreamMediaType[] = ['text/event-stream', 'multipart/mixed'];
/** Clients send a handful of different headers; a flood of strange ones must not fill the memory. */
const MAX_REMEMBERED = 100;
const remembered = new Map<string, Acceptable>();

/**
 * Reads an Accept header. The highest quality wins; then a type that is named wins over one that a wildcard covers; then the client's order.
 * `multipart/mixed` counts only with `subscriptionSpec=1.0`: other multipart formats are not ours. No header is like an asterisk:
 * `application/json` for a result, server-sent events for a stream.
 */
export function negotiate(accept: string | undefined): Acceptable {
  const header = accept ?? '*/*';
  const known = remembered.get(header);
  if (known) return known;
  const answer = choose(parseAccept(header));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(header, answer);
  return answer;
}

/** True when the header names HTML: a browser's address bar does, a GraphQL client does not. */
export function acceptsHtml(accept: string | undefined): boolean {
  return accept !== undefined && parseAccept(accept).some(({ essence, quality }) => essence === 'text/html' && quality > 0);
}

interface Rank {
  readonly quality: number;
  readonly named: boolean;
  readonly position: number;
}

function choose(ranges: readonly MediaType[]): Acceptable {
  const json = best(ranges, JSON_TYPES);
  const stream = best(ranges, STREAM_TYPES);
  const preferStream = stream !== undefined && (json === undefined || stream.rank.quality > json.rank.quality);
  return { json: json?.type, stream: stream?.type, preferred: preferStream ? stream.type : json?.type };
}

function best<T extends JsonMediaType | StreamMediaType>(
  ranges: readonly MediaType[],
  types: readonly T[],
): { type: T; rank: Rank } | undefined {
  let winner: { type: T; rank: Rank } | undefined;
  for (const type of types) {
    const rank = rankOf(ranges, type);
    if (rank && (!winner || isBetter(rank, winner.rank))) winner = { type, rank };
  }
  return winner;
}

function rankOf(ranges: readonly MediaType[], type: JsonMediaType | StreamMediaType): Rank | undefined {
  const wildcards = [`${type.split('/', 1).join()}/*`, '*/*'];
  const named = ranges.findIndex(
    (range) => range.essence === type && (type !== 'multipart/mixed' || range.parameters.get('subscriptionspec') === '1.0'),
  );
  const position =
    named >= 0 || type === 'multipart/mixed'
      ? named
      : wildcards.map((essence) => ranges.findIndex((range) => range.essence === essence)).find((index) => index >= 0);
  const range = position === undefined ? undefined : ranges[position];
  if (position === undefined || !range || range.quality === 0) return undefined;
  return { quality: range.quality, named: named >= 0, position };
}

function isBetter(a: Rank, b: Rank): boolean {
  if (a.quality !== b.quality) return a.quality > b.quality;
  if (a.named !== b.named) return a.named;
  return a.named && a.position < b.position;
}
