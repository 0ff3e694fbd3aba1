import type { DeliveredPart, GatewayResult, IncrementalUpdate, PendingPart } from '../engine.ts';
import { toJson } from '../numerals/hidden-numerals.ts';
import { STREAMING_HEADERS, type StreamFormat } from './stream-format.ts';

/** The formats of answers in parts, as an Accept header names them beside `multipart/mixed`. */
export type IncrementalSpec = 'deferSpec=20220824' | 'incrementalSpec=v0.2';

/** What is written one after the other: the initial answer, then what came. */
export type IncrementalMessage =
  | { readonly initial: GatewayResult; readonly pending: readonly PendingPart[] }
  | { readonly update: IncrementalUpdate };

/**
 * `deferSpec=20220824` (Apollo Client's default, Apollo iOS, Apollo Kotlin): each part by its path and label, with the objects and lists on
 * the way to what is new. https://github.com/graphql/graphql-spec/tree/48cf7263a71a683fab03d45d309fd42d8d9a6659/spec
 * `incrementalSpec=v0.2` (the specification's draft, graphql-js 17): parts are announced, and their fields come with the announcement's id.
 * https://specs.apollo.dev/incremental/v0.2/
 * Each part of the body ends with the delimiter of the next one, or clients show it one part late. There is no heartbeat: an empty part would be
 * an answer to some clients, and the subgraphs' time limits end the wait.
 */
export const incrementalFormats: Readonly<Record<IncrementalSpec, StreamFormat<IncrementalMessage>>> = {
  'deferSpec=20220824': format('deferSpec=20220824', toDeferSpec),
  'incrementalSpec=v0.2': format('incrementalSpec=v0.2', toIncrementalSpec),
};

function format(spec: IncrementalSpec, toBody: (message: IncrementalMessage) => object): StreamFormat<IncrementalMessage> {
  return {
    headers: { ...STREAMING_HEADERS, 'content-type': `multipart/mixed;boundary="graphql";${spec}` },
    opening: '\r\n--graphql',
    keepAlive: '',
    encode: (message) => `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${toJson(toBody(message))}\r\n--graphql`,
    tooSlow: '', // a client that reads on finds that the body ends early
    closing: '--\r\n',
  };
}

function toDeferSpec(message: IncrementalMessage): object {
  if ('initial' in message) return { ...message.initial, hasNext: message.pending.length > 0 };
  const { delivered, hasNext } = message.update;
  return {
    incremental: delivered.map(({ label, path, data, errors }) => ({ ...optional({ label }), path, data, ...some({ errors }) })),
    hasNext,
  };
}

function toIncrementalSpec(message: IncrementalMessage): object {
  if ('initial' in message)
    return { ...message.initial, ...some({ pending: message.pending.map(toPending) }), hasNext: message.pending.length > 0 };
  const { pending, delivered, hasNext } = message.update;
  return {
    ...some({ pending: pending.map(toPending), incremental: delivered.flatMap(toIncremental) }),
    completed: delivered.map(({ id, data, errors }) => (data === null ? { id, errors } : { id })),
    hasNext,
  };
}

function toPending({ id, path, label }: PendingPart): object {
  return { id, path, ...optional({ label }) };
}

/** The errors of a part go with its first fields; those of a part that failed go with its completion. */
function toIncremental({ id, data, pieces, errors }: DeliveredPart): object[] {
  if (data === null) return [];
  const sent = pieces.length === 0 && errors.length > 0 ? [{ subPath: [], data: {} }] : pieces;
  return sent.map(({ subPath, data: fields }, index) => ({
    id,
    ...some({ subPath }),
    data: fields,
    ...(index === 0 ? some({ errors }) : {}),
  }));
}

function some(lists: Readonly<Record<string, readonly unknown[]>>): object {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

function optional(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
