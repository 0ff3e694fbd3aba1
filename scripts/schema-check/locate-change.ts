import { Kind, parse, visit, type ASTNode, type DocumentNode } from 'graphql';
import type { SubgraphVersion } from './schema-version.ts';

/** A line of a file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

const documents = new WeakMap<SubgraphVersion, DocumentNode>();

/**
 * The line that a coordinate (`User.name`, `User.payments.first`) stands on; that of its type when the field is gone; undefined when the type is gone too.
 * @param likely the file to prefer among equals: where it was before
 */
export function locateChange(path: string | undefined, subgraphs: readonly SubgraphVersion[], likely?: string): Place | undefined {
  const [typeName, ...members] = (path ?? '').split('.');
  if (!typeName) return undefined;
  const places = subgraphs.flatMap((subgraph) => placesIn(subgraph, typeName, members));
  const [best] = places.toSorted((one, other) => other.depth - one.depth || Number(other.file === likely) - Number(one.file === likely));
  return best && { file: best.file, line: best.line };
}

function placesIn(subgraph: SubgraphVersion, typeName: string, members: readonly string[]): (Place & { readonly depth: number })[] {
  const { file, sdl } = subgraph;
  if (file === undefined || sdl === undefined) return [];
  const document = documents.get(subgraph) ?? parse(sdl);
  documents.set(subgraph, document);
  const places: (Place & { depth: number })[] = [];
  for (const definition of document.definitions) {
    if (!('name' in definition) || definition.name?.value !== typeName) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    let depth = 0;
    let found: ASTNode = definition.name;
    visit(definition, {
      enter(node) {
        if (node === definition) return undefined;
        if (!('name' in node) || node.kind === Kind.NAMED_TYPE || node.kind === Kind.DIRECTIVE) return undefined;
        if (node.name?.value !== members[depth]) return false;
        depth += 1;
        found = node.name ?? node;
        return undefined;
      },
    });
    places.push({ file, line: found.loc?.startToken.line ?? 1, depth });
  }
  return places;
}
