import { badInput, describeInput } from './client-input.ts';

/** A place in an ordered list: which list, and the key of the row there. */
export interface Cursor {
  /** Name of the list, so that a cursor of another list is refused: `users`. */
  readonly kind: string;
  /** The row's key, one text for each column of the order. */
  readonly key: readonly string[];
}

/** Opaque to clients: base64url of JSON. */
export function formatCursor({ kind, key }: Cursor): string {
  return Buffer.from(JSON.stringify([kind, ...key])).toString('base64url');
}

/**
 * @param isKey whether the key can belong to a row of this list
 * @returns the key
 * @throws DomainError BAD_USER_INPUT malformed, or of another list
 */
export function parseCursor(text: string, kind: string, isKey: (key: readonly string[]) => boolean, field = 'after'): readonly string[] {
  const [cursorKind, ...key] = decode(text) ?? [];
  if (cursorKind === undefined) throw badInput(field, `must be a cursor that this service gave, got ${describeInput(text)}`);
  if (cursorKind !== kind) throw badInput(field, `must be a cursor of this list: ${kind}`);
  if (!isKey(key)) throw badInput(field, `must be a cursor that this service gave, got ${describeInput(text)}`);
  return key;
}

function decode(text: string): readonly string[] | undefined {
  if (text.length > 500 || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : undefined;
  } catch {
    return undefined;
  }
}

const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

/**
 * @param first absent and null mean the default, 20
 * @throws DomainError BAD_USER_INPUT outside 1..100
 */
export function parsePageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) throw badInput('first', `must be 1 to ${MAX_PAGE_SIZE}, got ${size}`);
  return size;
}

/** A page as Relay's cursor connections have it. `nodes` is a shortcut past the edges. */
export interface Connection<Row> {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly nodes: readonly Row[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/**
 * Makes a page of rows that were read with one row more than asked for: that one tells whether there is a next page.
 * @param page.after whether the page continues behind a cursor: the row it points at comes before this page
 */
export function toConnection<Row>(
  rows: readonly Row[],
  page: { size: number; after: boolean; cursorOf: (row: Row) => Cursor },
): Connection<Row> {
  const nodes = rows.slice(0, page.size);
  const edges = nodes.map((node) => ({ cursor: formatCursor(page.cursorOf(node)), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > page.size,
      hasPreviousPage: page.after,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
