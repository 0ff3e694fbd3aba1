import type { SubgraphDefinition } from '../../gateway/supergraph/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

/** As many subgraphs as a large company has: each with an entity of its own, a field of the next one's, and a field of an entity that all share. */
export function manySubgraphs(count: number): SubgraphDefinition[] {
  return Array.from({ length: count }, (_, index) => {
    const next = (index + 1) % count;
    const sdl = `${LINK}
type Query { thing${index}(id: ID!): Thing${index} things${index}(first: Int = 10): [Thing${index}!]! shared${index}: Shared }
type Thing${index} @key(fields: "id") { id: ID! name: String! note: String price: Price next: Thing${next} }
${next === index ? '' : `type Thing${next} @key(fields: "id") { id: ID! addedBy${index}: String }`}
type Shared @key(fields: "id") { id: ID! field${index}: String }
type Price @shareable { amount: Float currency: String }
`;
    const name = `part${index}`;
    return { name, sdl, routingUrl: `http://127.0.0.1:1/${name}`, from: `${name}.graphql` };
  });
}
