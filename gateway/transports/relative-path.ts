/**
 * How a page at one path names another path of the same server, so that it also works behind a proxy that puts a prefix before both.
 * `/graphql` seen from `/` is `graphql`, `/graphiql` seen from `/api/graphql` is `../graphiql`.
 */
export function relativePath(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 2);
  return up + to.slice(1) || './';
}
