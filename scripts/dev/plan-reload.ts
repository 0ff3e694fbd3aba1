import { join, sep } from 'node:path';

/** What `npm run dev` does about files that were saved. */
export interface ReloadPlan {
  readonly users: boolean;
  readonly payments: boolean;
  readonly gateway: boolean;
  /** The composed supergraph and the generated types are to be written anew. */
  readonly schema: boolean;
  /** Nothing but a new start of the command itself takes these up. */
  readonly restart: readonly string[];
}

/** @param files absolute */
export function planReload(root: string, files: readonly string[]): ReloadPlan {
  const paths = files.map((file) =>
    file
      .slice(root.length + 1)
      .split(sep)
      .join('/'),
  );
  const any = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path));
  const all = any(/^platform\//);
  const shared = all || any(/^subgraphs\/[^/]+$/);
  const sdl = any(/^supergraph\.yaml$/) || any(/^schema\/[^/]+\.graphql$/);
  return {
    users: shared || any(/^(subgraphs\/users\/|schema\/users\.graphql$)/),
    payments: shared || any(/^(subgraphs\/payments\/|schema\/payments\.graphql$)/),
    gateway: all || sdl || any(/^(gateway|operations)\//),
    schema: sdl,
    restart: paths.filter((path) => /^(scripts\/|\.env$)/.test(path)),
  };
}

/** What is watched, absolute. */
export function watchedPaths(root: string): string[] {
  const names = [
    'platform',
    'subgraphs',
    'gateway',
    'operations',
    'schema',
    'supergraph.yaml',
    '.env',
    join('scripts', 'dev.ts'),
    join('scripts', 'dev'),
  ];
  return names.map((name) => join(root, name));
}

/** Written by this command itself, or by nobody's hand. */
export function isIgnored(path: string): boolean {
  return /\.generated\.ts$|[\\/]supergraph\.graphql$|[\\/]\.#|~$|\.swp$|\.asyncapi\.yaml$/.test(path);
}
