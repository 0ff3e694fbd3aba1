/**
 * Where GraphQL is: the `graphql-endpoint` of the page's head, from the address of the page. So the same files work below any path.
 * @returns an absolute http or https address
 */
export function readEndpoint(page: Document): string {
  const content = page.querySelector('meta[name="graphql-endpoint"]')?.getAttribute('content');
  return new URL(content ?? 'graphql', page.baseURI).href;
}

/** The same address for a WebSocket. */
export function toWebSocketAddress(endpoint: string): string {
  return endpoint.replace(/^http/, 'ws');
}
