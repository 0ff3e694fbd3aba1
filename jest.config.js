import { groupTests } from './tests/support/group-tests.mjs';

/**
 * What JavaScript itself has, handed to each CommonJS module as if it were its own: jest runs tests in a context whose global names Node looks up
 * by calling into C++ each time, and graphql and Apollo's packages do that a lot. Not what fake timers replace, nor what a package declares for itself (`process`).
 */
const GLOBALS_AT_HAND = [
  'Object',
  'Array',
  'Map',
  'Set',
  'WeakMap',
  'Error',
  'TypeError',
  'Promise',
  'Symbol',
  'JSON',
  'Math',
  'Number',
  'String',
  'RegExp',
];

/** Each project is one kind of test; `npm test` runs them all, `npm run test:unit` the two that need nothing installed. */
const common = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  sandboxInjectedGlobals: GLOBALS_AT_HAND,
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
