import { parseArgs } from 'node:util';
import type { Environment } from '../platform/foundation/config.ts';
import { ConfigError, toMessage } from '../platform/foundation/errors.ts';

export const GATEWAY_HELP = `npm run gateway -- [--supergraph FILE] [--host H] [--port N] [--path P]

Runs the gateway alone over any supergraph.

  --supergraph FILE   a composed supergraph SDL (.graphql) or a supergraph.yaml   SUPERGRAPH     supergraph.yaml
  --host H            address to listen on                                        GATEWAY_HOST   127.0.0.1
  --port N            port to listen on; 0 lets the system choose                 GATEWAY_PORT   4000
  --path P            where GraphQL is                                            GATEWAY_PATH   /graphql
  --help              this text

Each option stands before its environment variable; .env.example names every variable, and a file .env is read.
`;

/**
 * The environment with what the command line says put over it.
 * @returns `undefined` when help is asked for
 * @throws ConfigError COMMAND_LINE_INVALID for an option that does not exist
 */
export function applyCommandLine(args: readonly string[], env: Environment): Environment | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const given = { SUPERGRAPH: values.supergraph, GATEWAY_HOST: values.host, GATEWAY_PORT: values.port, GATEWAY_PATH: values.path };
  return { ...env, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        supergraph: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        path: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new ConfigError([`${toMessage(cause).split('. ', 1)[0]}; try --help`], { code: 'COMMAND_LINE_INVALID', cause });
  }
}
