/** @apollo/server over @apollo/gateway with their defaults: `node apollo.mjs SUPERGRAPH_FILE`. */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const gateway = new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2], 'utf8') });
const server = new ApolloServer({ gateway, introspection: false, includeStacktraceInErrorResponses: false });
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
process.on('disconnect', () => process.exit(0));
