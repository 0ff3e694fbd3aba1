import { groupTests } from './tests/support/group-tests.mjs';

/** Each project is one kind of test; `npm test` runs them all, `npm run test:unit` the two that need nothing installed. */
const common = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  moduleNameMapper: { '^paygraph/testing$': '<rootDir>/gateway/testing/testing.ts' }, // what the package exports, not built
};

/** Where many files become one, for a run of everything; absent: each is run by itself. */
const groups = process.env.TEST_GROUPS;

const project = (name, { places = [`tests/${name}`], atMost = 1, ...extra } = {}) => ({
  ...common,
  displayName: name,
  ...(groups && atMost > 1
    ? groupTests({ places, atMost, into: `${groups}/${name}` })
    : { testMatch: places.map((place) => `<rootDir>/${place}/**/*.test.ts`) }),
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
    project('unit', { places: ['tests/unit', 'examples/testing'], atMost: 12 }),
    project('schema'),
    project('integration', { ...neighbours, atMost: 6 }),
    project('e2e', { ...neighbours, globalSetup: '<rootDir>/tests/support/global-setup-with-browser.mjs' }),
    project('fault', neighbours),
  ],
};
