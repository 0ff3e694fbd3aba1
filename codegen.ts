import type { CodegenConfig } from '@graphql-codegen/cli';

/** What the resolvers of both subgraphs have in common: rows go in, and scalars are judged by the use cases. */
const shared = {
  federation: true,
  contextType: './context.ts#RequestContext',
  enumsAsTypes: true,
  importExtension: '.ts' as const,
  useTypeImports: true,
  immutableTypes: true,
  avoidOptionals: { field: true },
  scalars: {
    ID: { input: 'string', output: 'string' },
    Decimal: { input: 'unknown', output: 'string' },
    Currency: { input: 'unknown', output: 'string' },
    DateTime: { input: 'Date', output: 'Date' },
  },
};

const plugins = ['typescript', 'typescript-resolvers'];

/** `graphql-codegen`: SDL to resolver types, beside their users, so that types never point up a floor. The results are committed. */
const config: CodegenConfig = {
  generates: {
    'subgraphs/users/resolvers.generated.ts': {
      schema: 'schema/users.graphql',
      plugins,
      config: {
        ...shared,
        mappers: {
          Money: '../money.ts#Money as MoneyValue',
          User: './user-store.ts#UserRow',
          Payment: './request-store.ts#PaymentRequestRow',
          UserConnection: '../connections.ts#Connection<UserRow>',
        },
      },
    },
    'subgraphs/payments/resolvers.generated.ts': {
      schema: 'schema/payments.graphql',
      plugins,
      config: {
        ...shared,
        mappers: {
          Money: '../money.ts#Money as MoneyValue',
          Payment: './payment-store.ts#PaymentRow',
          User: './context.ts#UserReference',
          PaymentEvent: './processed-events.ts#ProcessedEvent',
          ProcessingState: './context.ts#PausedState',
          PaymentConnection: '../connections.ts#Connection<PaymentRow>',
          DeadLetter: '../../platform/messaging/dead-letter.ts#DeadLetter as DeadLetterValue',
          DiscardedDeadLetter: './discarded-letters.ts#DiscardedLetter',
          DiscardedDeadLetterConnection: '../connections.ts#Connection<DiscardedLetter>',
          DeadLetterConnection: '../connections.ts#Connection<DeadLetterValue>',
        },
      },
    },
    'examples/loyalty/resolvers.generated.ts': {
      schema: 'examples/loyalty/loyalty.graphql',
      plugins,
      config: {
        ...shared,
        mappers: {
          User: './context.ts#UserReference',
          Payment: './context.ts#PaymentReference',
          Loyalty: './context.ts#UserReference',
          EarnedPoints: './points-store.ts#EarnedPointsRow',
          PointsEarned: './points-store.ts#EarnedPointsRow',
          EarnedPointsConnection: '../../subgraphs/connections.ts#Connection<EarnedPointsRow>',
        },
      },
    },
    'client/src/gql/': {
      schema: 'schema/supergraph.graphql',
      documents: ['client/src/**/*.{ts,tsx}', '!client/src/gql/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        immutableTypes: true,
        onlyOperationTypes: true,
        importExtension: '.ts',
        defaultScalarType: 'string',
        strictScalars: false,
        scalars: { ID: 'string', Decimal: 'string', Currency: 'string', DateTime: 'string' },
      },
    },
  },
};

export default config;
