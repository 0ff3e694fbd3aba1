import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchSubgraphs } from '../graph/compose-bench-graph.ts';
import type { SubgraphName } from '../graph/subgraph-names.ts';
import type { ProcessCommand } from './bench-process.ts';
import { peersFolder, projectFolder } from './project-folder.ts';

/** What a gateway is started for. */
export interface PeerTask {
  readonly workload: string;
  /** File of the composed supergraph. */
  readonly supergraph: string;
  readonly urls: Readonly<Record<SubgraphName, string>>;
  /** Options for Node of our own gateway: `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
}

export interface Peer {
  /** On the command line. */
  readonly name: string;
  /** In results, with its version. */
  readonly title: string;
  readonly canSubscribe: boolean;
  /** Measured only when it is named. */
  readonly onlyWhenNamed?: true;
  /** False when its packages are not installed. */
  readonly installed: boolean;
  command(task: PeerTask): Omit<ProcessCommand, 'name'>;
}

const mercuriusFolder = join(peersFolder, 'mercurius');
const hive = join(peersFolder, 'node_modules', '@graphql-hive', 'gateway');

/** Every gateway that can be measured. `ceiling` is none: a program without GraphQL that answers one workload. Ours takes its planner from the environment. */
export function allPeers(): Peer[] {
  return [
    ours('ours', '', {}),
    {
      ...ours('ours-sharing-requests', ', identical requests to subgraphs as one', { GATEWAY_SHARE_SUBGRAPH_QUERIES: 'true' }),
      onlyWhenNamed: true,
    },
    {
      ...ours('ours-sharing-queries', ', identical queries of clients as one', { GATEWAY_SHARE_CLIENT_QUERIES: 'true' }),
      onlyWhenNamed: true,
    },
    {
      name: 'ceiling',
      title: 'ceiling: node:http + undici by hand',
      canSubscribe: true,
      installed: true,
      command: ({ workload, urls }) => ({
        args: [join(projectFolder, 'dist', 'bench', 'ceiling', 'ceiling-program.js'), workload, JSON.stringify(urls)],
      }),
    },
    {
      name: 'apollo',
      title: `@apollo/server ${versionOf('@apollo/server')} + @apollo/gateway ${versionOf('@apollo/gateway')}`,
      canSubscribe: false,
      installed: existsSync(join(peersFolder, 'node_modules', '@apollo', 'gateway')),
      command: ({ supergraph }) => ({ args: [join(peersFolder, 'apollo.mjs'), supergraph] }),
    },
    hivePeer('hive', 'plain', []),
    hivePeer('hive-router', 'router runtime', ['--hive-router-runtime']),
    {
      name: 'mercurius',
      title: `mercurius ${versionOf('mercurius', mercuriusFolder)} + @mercuriusjs/gateway ${versionOf('@mercuriusjs/gateway', mercuriusFolder)}`,
      canSubscribe: true,
      installed: existsSync(join(mercuriusFolder, 'node_modules', '@mercuriusjs', 'gateway')),
      command: ({ urls }) => ({
        args: [
          join(mercuriusFolder, 'mercurius.mjs'),
          JSON.stringify(benchSubgraphs((name) => urls[name]).map(({ name, routingUrl, sdl }) => ({ name, url: routingUrl, schema: sdl }))),
        ],
      }),
    },
  ];
}

function ours(name: string, how: string, env: Readonly<Record<string, string>>): Peer {
  const planner = process.env['GATEWAY_PLANNER'] ?? 'apollo';
  return {
    name,
    title: `paygraph ${versionIn(projectFolder)}, planner ${planner}${how}`,
    canSubscribe: true,
    installed: true,
    command: ({ supergraph, nodeOptions }) => ({
      args: [...nodeOptions, join(projectFolder, 'dist', 'gateway', 'main.js')],
      env: {
        SUPERGRAPH: supergraph,
        GATEWAY_PORT: '0',
        GATEWAY_PLANNER: planner,
        GATEWAY_SHARE_SUBSCRIPTIONS: 'all',
        LOG_LEVEL: 'warn',
        LOG_FORMAT: 'json',
        ...env,
      },
    }),
  };
}

function hivePeer(name: string, how: string, options: readonly string[]): Peer {
  return {
    name,
    title: `@graphql-hive/gateway ${versionOf('@graphql-hive/gateway')}, ${how}`,
    canSubscribe: true,
    installed: existsSync(hive),
    command: ({ supergraph }) => ({
      args: [
        join(hive, 'dist', 'bin.js'),
        'supergraph',
        supergraph,
        '--host=127.0.0.1',
        '--port=0',
        '--fork=1',
        `--config-path=${join(peersFolder, 'hive.config.mjs')}`,
        ...options,
      ],
      env: { LOG_LEVEL: 'error' },
      cwd: peersFolder,
    }),
  };
}

function versionOf(name: string, folder = peersFolder): string {
  const path = join(folder, 'node_modules', name);
  return existsSync(path) ? versionIn(path) : '(not installed)';
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
