import { createServer } from 'node:http';
import { createGateway } from 'paygraph';

/**
 * A server of one's own with the gateway in it: GraphQL at /graphql over HTTP, server-sent events, multipart and WebSocket, beside a page
 * that has nothing to do with it. `SUPERGRAPH=supergraph.yaml PORT=4000 npx tsx main.ts`
 */
const gateway = createGateway({
  supergraph: process.env['SUPERGRAPH'] ?? 'supergraph.yaml',
  env: process.env, // for ${env.NAME} in the supergraph.yaml
  forwardHeaders: ['authorization'],
  landingPage: 'graphiql',
});
await gateway.start();

const server = createServer((request, response) => {
  gateway.handle(request, response, () => response.end('a page of my own\n'));
});
server.on('upgrade', gateway.upgrade);
server.listen(Number(process.env['PORT'] ?? 4000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', () => {
  server.close();
  void gateway.stop().then(() => server.closeIdleConnections());
});
