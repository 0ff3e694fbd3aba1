import type { IncrementalSpec } from './incremental-format.ts';
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
  /** For a result in parts: `multipart/mixed` with one of the formats' parameters, unless the client likes anything else better. */
  readonly incremental: IncrementalSpec | undefined;
}

const JSON_TYPES: readonly JsonMediaType[] = ['application/json', 'application/graphql-response+json'];
/** Parameter and value of each format; names of parameters are in lower case. */
const INCREMENTAL_SPECS: readonly (readonly [parameter: string, value: string, spec: IncrementalSpec])[] = [
  ['incrementalspec', 'v0.2', 'incrementalSpec=v0.2'],
  ['deferspec', '20220824', 'deferSpec=20220824'],
];
const STREAM_TYPES: readonly StreamMediaType[] = ['text/event-stream', 'multipart/mixed'];
/** Clients send a handful of different headers; a flood of strange ones must not fill the memory. */
const MAX_REMEMBERED = 100;
const remembered = new Map<string, Acceptable>();

/**
 * Reads an Accept header. The highest quality wins; then a type that is named wins over one that a wildcard covers; then the client's order.
 * `multipart/mixed` counts as a stream only with `subscriptionSpec=1.0`, and for a result in parts only with one of that format's parameters. No header is like an asterisk:
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
  const other = preferStream ? stream : json;
  return { json: json?.type, stream: stream?.type, preferred: other?.type, incremental: incrementalOf(ranges, other?.rank.quality ?? 0) };
}

function incrementalOf(ranges: readonly MediaType[], atLeast: number): IncrementalSpec | undefined {
  let best: { spec: IncrementalSpec; quality: number } | undefined;
  for (const { essence, parameters, quality } of ranges) {
    if (essence !== 'multipart/mixed' || quality === 0 || quality < atLeast || (best && best.quality >= quality)) continue;
    const known = INCREMENTAL_SPECS.find(([parameter, value]) => parameters.get(parameter) === value);
    if (known) best = { spec: known[2], quality };
  }
  return best?.spec;
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
