import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { ProtocolError } from '../../../../platform/foundation/errors.ts';
import type { IncomingRequest } from '../../../../gateway/transports/graphql-request.ts';
import { createPersistedQueries } from '../../../../gateway/transports/persisted-queries.ts';

const hashOf = (query: string): string => createHash('sha256').update(query).digest('hex');
const request = (query: string | undefined, sha256Hash: unknown, version: unknown = 1): IncomingRequest => ({
  query,
  extensions: { persistedQuery: { version, sha256Hash } },
});

describe('persisted queries', () => {
  it('are known by their hash once their text was seen', () => {
    const queries = createPersistedQueries({ maxBytes: 10_000 });

    expect(queries.complete(request(undefined, hashOf('{ a }')))).toBeUndefined();
    expect(queries.complete(request('{ a }', hashOf('{ a }')))?.query).toBe('{ a }');
    expect(queries.complete(request(undefined, hashOf('{ a }')))?.query).toBe('{ a }');
  });

  it('do not take another text for a hash: one client could otherwise choose what another executes', () => {
    const queries = createPersistedQueries({ maxBytes: 10_000 });

    expect(() => queries.complete(request('{ evil }', hashOf('{ a }')))).toThrow(/sha256Hash/);
    expect(queries.complete(request(undefined, hashOf('{ a }')))).toBeUndefined();
  });

  it('take a bounded amount of memory: the least used go first, a huge one is not kept', () => {
    const queries = createPersistedQueries({ maxBytes: 1_000 });
    const texts = Array.from({ length: 50 }, (_, index) => `{ a${index} }`);
    for (const text of texts) queries.complete(request(text, hashOf(text)));
    const huge = `{ ${'a '.repeat(1_000)} }`;

    expect(queries.complete(request(huge, hashOf(huge)))?.query).toBe(huge);
    expect(queries.complete(request(undefined, hashOf(huge)))).toBeUndefined();
    expect(texts.filter((text) => queries.complete(request(undefined, hashOf(text))))).toHaveLength(14);
  });

  it.each([
    ['another version', request('{ a }', hashOf('{ a }'), 2)],
    ['no hash', request('{ a }', undefined)],
    ['a hash that is no text', request(undefined, {})],
    ['neither hash nor query', { query: undefined }],
  ])('refuse %s', (_what, incoming) => {
    expect(() => createPersistedQueries({ maxBytes: 1_000 }).complete(incoming)).toThrow(ProtocolError);
  });

  it('leave a request without a hash as it is', () => {
    expect(createPersistedQueries({ maxBytes: 1_000 }).complete({ query: '{ a }', variables: { b: 1 } })).toEqual({
      query: '{ a }',
      variables: { b: 1 },
    });
  });
});
