import { createDice } from './dice.ts';
import { drawContext } from './draw-context.ts';
import { drawDirectives } from './draw-directives.ts';
import { drawEntities } from './draw-entities.ts';
import { drawEntityFields, drawRootFields } from './draw-fields.ts';
import { drawInterfaceChains } from './draw-interface-chains.ts';
import { drawAbstractTypes, drawLeafTypes, drawValueTypes } from './draw-types.ts';
import type { DrawnGraph, RootNames } from './drawn-graph.ts';
import { createPlacement } from './placement.ts';

/** Draws a graph of 2 to 6 subgraphs. The same seed gives the same graph. Nearly all compose; who needs one that does asks with the next seed. */
export function drawSupergraph(seed: number): DrawnGraph {
  const dice = createDice(seed);
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, dice.pick([2, 2, 3, 3, 3, 4, 4, 5, 6]));
  const graph: DrawnGraph = {
    seed,
    subgraphs: new Map(names.map((name) => [name, rootNames(name, dice.chance(0.2))])),
    objects: new Map(),
    interfaces: new Map(),
    unions: new Map(),
    enums: new Map(),
    inputs: new Map(),
  };
  const placement = createPlacement(graph, dice);
  drawLeafTypes(graph, dice);
  drawEntities(graph, dice, placement);
  drawValueTypes(graph, dice, placement);
  drawAbstractTypes(graph, dice, placement);
  drawInterfaceChains(graph, dice, placement);
  drawEntityFields(graph, dice, placement);
  drawContext(graph, dice);
  drawDirectives(graph, dice, placement);
  drawRootFields(graph, dice, placement);
  return graph;
}

function rootNames(subgraph: string, areOwn: boolean): RootNames {
  return areOwn
    ? {
        Query: `${subgraph.toUpperCase()}Query`,
        Mutation: `${subgraph.toUpperCase()}Mutation`,
        Subscription: `${subgraph.toUpperCase()}Subscription`,
      }
    : { Query: 'Query', Mutation: 'Mutation', Subscription: 'Subscription' };
}
