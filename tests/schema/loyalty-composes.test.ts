import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { loadConfig } from '../../gateway/supergraph/load-config.ts';

it('the example subgraph composes with the others without errors and without hints, and differs from the project by itself alone', async () => {
  const [own, withLoyalty] = await Promise.all([loadConfig('supergraph.yaml', {}), loadConfig('examples/loyalty/supergraph.yaml', {})]);
  const definitions = await Promise.all(
    withLoyalty.subgraphs.map(async ({ name, routingUrl, schema }) => {
      if (schema.kind !== 'file') throw new Error(`${name} is not read from a file`);
      return { name, routingUrl, sdl: await readFile(schema.path, 'utf8'), from: schema.path };
    }),
  );
  const withoutPlace = ({ name, routingUrl, schema }: (typeof own.subgraphs)[number]) => ({ name, routingUrl, schema });

  expect(composeSupergraph(definitions).hints).toEqual([]);
  expect(withLoyalty.subgraphs.filter(({ name }) => name !== 'loyalty').map(withoutPlace)).toEqual(own.subgraphs.map(withoutPlace));
});
