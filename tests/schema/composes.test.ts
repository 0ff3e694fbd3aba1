import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { loadConfig } from '../../gateway/supergraph/load-config.ts';
import { loadSupergraphSdl } from '../../gateway/supergraph/load-supergraph.ts';
import { createSupergraph } from '../../gateway/supergraph/supergraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';

const signal = new AbortController().signal;

it('the subgraphs compose without errors and without hints', async () => {
  const { subgraphs } = await loadConfig('supergraph.yaml', {});
  const definitions = await Promise.all(
    subgraphs.map(async ({ name, routingUrl, schema }) => {
      if (schema.kind !== 'file') throw new Error(`${name} is not read from a file`);
      return { name, routingUrl, sdl: await readFile(schema.path, 'utf8'), from: schema.path };
    }),
  );

  expect(composeSupergraph(definitions).hints).toEqual([]);
});

it('the composition does not depend on the order of the subgraphs', async () => {
  const [users, payments] = await Promise.all(
    ['users', 'payments'].map(async (name) => ({
      name,
      routingUrl: `http://${name}.test`,
      sdl: await readFile(`schema/${name}.graphql`, 'utf8'),
      from: name,
    })),
  );
  if (!users || !payments) throw new Error('both are there');

  expect(composeSupergraph([users, payments]).sdl).toBe(composeSupergraph([payments, users]).sdl);
});

it('every schema file is named in supergraph.yaml', async () => {
  const { subgraphs } = await loadConfig('supergraph.yaml', {});
  const files = (await readdir('schema')).filter((file) => file.endsWith('.graphql') && file !== 'supergraph.graphql');

  expect(subgraphs.map(({ name }) => `${name}.graphql`).sort()).toEqual(files.sort());
});

it('the routing URLs of the environment reach the supergraph', async () => {
  const sdl = await loadSupergraphSdl({
    file: 'supergraph.yaml',
    env: { USERS_URL: 'http://users.example:9/graphql' },
    logger: silentLogger,
    signal,
  });

  expect([...createSupergraph(sdl).subgraphs]).toEqual([
    ['payments', 'http://127.0.0.1:4002/graphql'],
    ['users', 'http://users.example:9/graphql'],
  ]);
});
