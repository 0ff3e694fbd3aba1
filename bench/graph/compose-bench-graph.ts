import { readFileSync } from 'node:fs';
import { composeSupergraph, type SubgraphDefinition } from '../../gateway/supergraph/compose.ts';
import { SUBGRAPHS, type SubgraphName } from './subgraph-names.ts';

/** The benchmark's subgraphs, written as federation 1 so that Mercurius can read them too; Apollo's composition upgrades them. */
export function benchSubgraphs(urlOf: (name: SubgraphName) => string): SubgraphDefinition[] {
  return SUBGRAPHS.map((name) => {
    const file = new URL(`${name}.graphql`, import.meta.url);
    return { name, routingUrl: urlOf(name), sdl: readFileSync(file, 'utf8'), from: file.pathname };
  });
}

export function composeBenchGraph(urlOf: (name: SubgraphName) => string): string {
  return composeSupergraph(benchSubgraphs(urlOf)).sdl;
}
