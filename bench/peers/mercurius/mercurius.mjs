/** mercurius with its gateway: `node mercurius.mjs [{"name":…,"url":…,"schema":…}]`; the schemas as federation 1. */
import mercuriusGateway from '@mercuriusjs/gateway';
import fastify from 'fastify';

const services = JSON.parse(process.argv[2]).map(({ name, url, schema }) => ({
  name,
  url,
  schema,
  wsUrl: url.replace(/^http/, 'ws'),
  mandatory: true,
  connections: 128,
  subscriptionProtocols: ['graphql-transport-ws'],
}));
const app = fastify();
await app.register(mercuriusGateway, { gateway: { services }, graphiql: false, subscription: true });
await app.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit(0));
