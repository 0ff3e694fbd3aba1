import { join } from 'node:path';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';

/**
 * Vite's development server for the web client, which sends everything else on to the gateway. The caller stops it.
 * @param options.port 0 lets the system choose
 * @throws ConfigError PORT_TAKEN
 */
export async function startClientServer(options: {
  readonly root: string;
  readonly graphqlUrl: string;
  readonly port: number;
}): Promise<Stoppable & { readonly url: string }> {
  const { root, graphqlUrl, port } = options;
  const { createServer } = await import('vite');
  const target = new URL('/', graphqlUrl).href;
  const folder = join(root, 'client');
  const server = await createServer({
    root: folder,
    configFile: join(folder, 'vite.config.ts'),
    clearScreen: false,
    logLevel: 'warn',
    server: {
      host: '127.0.0.1',
      port,
      strictPort: true,
      proxy: {
        [new URL(graphqlUrl).pathname]: { target, ws: true },
        '/rest': { target },
        '/graphiql': { target },
        '/health': { target },
        '/metrics': { target },
      },
    },
  });
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    if (!/already in use|EADDRINUSE/.test(toMessage(error))) throw error;
    throw new ConfigError(
      [`127.0.0.1:${port}: the port is taken: choose another with --client-port, or leave the client out with --no-client`],
      {
        code: 'PORT_TAKEN',
        cause: error,
      },
    );
  }
  return { url: server.resolvedUrls?.local[0] ?? `http://127.0.0.1:${port}/`, stop: () => server.close() };
}
