import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { GatewayRequest } from '../engine.ts';
import { requireQuery, type IncomingRequest } from './graphql-request.ts';
import { refuse } from './refuse.ts';

/** Apollo's automatic persisted queries: a client sends the hash of a query alone, and the text once when asked for it. */
export interface PersistedQueries {
  /**
   * The request with its query, which may be one that was sent before.
   * @returns `undefined` when the hash is not known: the client is to send the text along
   * @throws ProtocolError BAD_REQUEST
   */
  complete(request: IncomingRequest): GatewayRequest | undefined;
}

/** Keeps at most `maxBytes` of query texts, the least used go first. */
export function createPersistedQueries({ maxBytes }: { maxBytes: number }): PersistedQueries {
  const known = new LRUCache<string, string>({ maxSize: maxBytes, sizeCalculation: (query, hash) => query.length + hash.length });
  return {
    complete(request) {
      const hash = hashOf(request);
      if (hash === undefined) return requireQuery(request);
      if (request.query === undefined) {
        const query = known.get(hash);
        return query === undefined ? undefined : { ...request, query };
      }
      if (createHash('sha256').update(request.query).digest('hex') !== hash)
        throw refuse('BAD_REQUEST', 'expected sha256Hash to be the hash of the query, got another');
      known.set(hash, request.query);
      return requireQuery(request);
    },
  };
}

function hashOf({ extensions }: IncomingRequest): string | undefined {
  const entry = extensions?.persistedQuery;
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { version, sha256Hash } = entry as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== 'string')
    throw refuse('BAD_REQUEST', 'expected persistedQuery to have version 1 and a sha256Hash');
  return sha256Hash;
}
