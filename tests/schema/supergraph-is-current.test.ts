import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { loadSupergraphSdl } from '../../gateway/supergraph/load-supergraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';

it('schema/supergraph.graphql is what the subgraphs compose to: run `npm run compose` when it is not', async () => {
  const composed = await loadSupergraphSdl({
    file: 'supergraph.yaml',
    env: {},
    logger: silentLogger,
    signal: new AbortController().signal,
  });

  expect(await readFile('schema/supergraph.graphql', 'utf8')).toBe(composed);
});
