import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy as many have in front: it mounts a server below a path, and knows nothing else. */
export interface PrefixProxy {
  /** Where the server's `/` is now, with a slash at the end. */
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * @param target the server's origin
 * @param prefix such as `/some/prefix/`; anything outside is 404
 */
export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const server = createServer((incoming, response) => {
    const { url = '/', method, headers } = incoming;
    if (!url.startsWith(prefix)) return void response.writeHead(404).end();
    const address = new URL(`/${url.slice(prefix.length)}`, target);
    const outgoing = request(address, { method, headers: { ...headers, host: address.host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
