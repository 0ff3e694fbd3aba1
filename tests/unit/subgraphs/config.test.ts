import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../platform/foundation/errors.ts';
import { readPaymentsConfig } from '../../../subgraphs/payments/config.ts';
import { readUsersConfig } from '../../../subgraphs/users/config.ts';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment of users', () => {
  it('needs only a database', () => {
    expect(readUsersConfig({ USERS_DATABASE_URL: 'postgres://u@h/d', PATH: '/bin', PAYMENTS_PORT: 'not ours' })).toEqual({
      host: '127.0.0.1',
      port: 4001,
      databaseUrl: 'postgres://u@h/d',
      poolSize: 10,
      amqpUrls: ['amqp://localhost:5672'],
      prefetch: 200,
      relayPollMs: 1_000,
      reconcileAfterMs: 60_000,
      stuckAfterMs: 60_000,
      retention: { keysMs: 30 * 86_400_000, outboxMs: 7 * 86_400_000, pollMs: 60_000 },
      log: { level: 'info', format: 'text' },
    });
  });

  it('says how to set the database when it is missing', () => {
    expect(problemsOf(() => readUsersConfig({}))).toEqual([expect.stringMatching(/^USERS_DATABASE_URL is not set: .*postgres:\/\/user/)]);
  });

  it('lists all problems at once, and shows no secret', () => {
    const problems = problemsOf(() =>
      readUsersConfig({
        USERS_DATABASE_URL: 'mysql://u:hunter2@h/d',
        USERS_PORT: '99999',
        USERS_HOSTS: 'x',
        USERS_RECONCILE_AFTER_MS: '1e3',
        AMQP_URL: 'http://u:hunter2@h',
      }),
    );

    expect(problems).toHaveLength(5);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('knows the variable of supergraph.yaml that has its prefix', () => {
    expect(problemsOf(() => readUsersConfig({ USERS_DATABASE_URL: 'postgres://u@h/d', USERS_URL: 'http://elsewhere/graphql' }))).toEqual(
      [],
    );
  });

  it('takes a cluster of brokers', () => {
    expect(readUsersConfig({ USERS_DATABASE_URL: 'postgres://u@h/d', AMQP_URL: 'amqp://a, amqps://b' }).amqpUrls).toEqual([
      'amqp://a',
      'amqps://b',
    ]);
  });
});

describe('the environment of payments', () => {
  it('needs only a database', () => {
    expect(readPaymentsConfig({ PAYMENTS_DATABASE_URL: 'postgres://u@h/d' })).toEqual({
      host: '127.0.0.1',
      port: 4002,
      databaseUrl: 'postgres://u@h/d',
      poolSize: 10,
      amqpUrls: ['amqp://localhost:5672'],
      prefetch: 200,
      limit: { unscaled: 1_000_000n, scale: 2 },
      relayPollMs: 1_000,
      eventsPollMs: 1_000,
      controlPollMs: 250,
      stuckAfterMs: 60_000,
      retention: { eventsMs: 30 * 86_400_000, pollMs: 60_000 },
      log: { level: 'info', format: 'text' },
    });
  });

  it.each(['-1', '1e4', 'a lot', '1,000.00', '007'])('refuses a limit that is no plain decimal: %s', (limit) => {
    expect(problemsOf(() => readPaymentsConfig({ PAYMENTS_DATABASE_URL: 'postgres://u@h/d', PAYMENTS_LIMIT: limit }))).toEqual([
      `PAYMENTS_LIMIT=${limit} must be a plain decimal such as 10000.00`,
    ]);
  });
});
