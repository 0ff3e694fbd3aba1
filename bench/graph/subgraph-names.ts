export const SUBGRAPHS = ['accounts', 'products', 'reviews', 'inventory'] as const;

export type SubgraphName = (typeof SUBGRAPHS)[number];
