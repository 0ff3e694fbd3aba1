/** Each project is one kind of test; `npm test` runs them all, `npm run test:unit` the two that need nothing installed. */
const common = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  moduleNameMapper: { '^paygraph/testing$': '<rootDir>/gateway/testing/testing.ts' }, // what the package exports, not built
};

const project = (name, extra = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  ...extra,
});

/** A real RabbitMQ and a real PostgreSQL, shared by one run. */
const neighbours = {
  globalSetup: '<rootDir>/tests/support/global-setup.mjs',
  globalTeardown: '<rootDir>/tests/support/global-teardown.mjs',
};

export default {
  testTimeout: 90_000,
  testSequencer: '<rootDir>/tests/support/longest-first.mjs',
  projects: [
    project('unit', { testMatch: ['<rootDir>/tests/unit/**/*.test.ts', '<rootDir>/examples/testing/**/*.test.ts'] }),
    project('schema'),
    project('integration', neighbours),
    project('e2e', { ...neighbours, globalSetup: '<rootDir>/tests/support/global-setup-with-browser.mjs' }),
    project('fault', neighbours),
  ],
};
