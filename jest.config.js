/** Each project is one kind of test; `npm test` runs them all, `npm run test:unit` the two that need nothing installed. */
const common = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
};

const project = (name, extra = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  ...extra,
});

export default {
  testTimeout: 30_000,
  projects: [project('unit'), project('schema'), project('integration'), project('e2e'), project('fault')],
};
