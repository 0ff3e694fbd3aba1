import { describe, expect, it } from '@jest/globals';
import { DependencyError } from '../../../../platform/foundation/errors.ts';
import { isConnectionFailure, translateConnectionFailure } from '../../../../platform/storage/connection-failure.ts';
import { isDatabaseUnavailable, isUniqueViolation } from '../../../../platform/storage/database.ts';

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('a connection failure', () => {
  it.each([
    'ECONNREFUSED', // nobody listens
    'ECONNRESET',
    'EAI_AGAIN',
    'ENOTFOUND', // a name that may come up later, as in a composition of containers
    '08006', // connection_failure
    '53300', // too_many_connections
    '57P01', // admin_shutdown
    '57P04', // the database was dropped
    '57P03', // the database system is starting up
    '57014', // the statement took too long
    '25006', // a standby: a failover goes on
    '58030', // io_error
  ])('is what has the code %s', (code) => {
    expect(isConnectionFailure(withCode(code))).toBe(true);
    expect(isDatabaseUnavailable(withCode(code))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'Query read timeout', 'timeout exceeded when trying to connect'])(
    'is what the driver calls "%s"',
    (message) => {
      expect(isConnectionFailure(new Error(message))).toBe(true);
    },
  );

  it.each([
    '23505', // unique_violation
    '40001', // serialization_failure: the database answered
    '40P01',
    '28P01', // invalid_password
    '3D000', // no such database
    '42501', // insufficient_privilege
    '42P01', // undefined_table
  ])('is not what has the code %s', (code) => {
    expect(isConnectionFailure(withCode(code))).toBe(false);
  });

  it('is not a bug', () => {
    expect(isConnectionFailure(new TypeError('x is not a function'))).toBe(false);
    expect(isConnectionFailure(undefined)).toBe(false);
  });

  it('becomes DATABASE_UNAVAILABLE, retryable, with the name of the database and its cause', () => {
    const cause = withCode('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432');

    const translated = translateConnectionFailure(cause, 'users database');

    expect(translated).toBeInstanceOf(DependencyError);
    expect(translated).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      dependency: 'users database',
      retryable: true,
      message: 'the users database did not answer: connect ECONNREFUSED 127.0.0.1:5432',
      cause,
    });
    expect(isDatabaseUnavailable(translated)).toBe(true);
  });

  it('has the reasons of all addresses of a host', () => {
    const cause = Object.assign(
      new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')]),
      { code: 'ECONNREFUSED' },
    );

    expect(translateConnectionFailure(cause, 'x')).toMatchObject({
      message: 'the x did not answer: connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432',
    });
  });

  it('is the only thing that is translated', () => {
    const refusal = withCode('23505');

    expect(translateConnectionFailure(refusal, 'x')).toBe(refusal);
  });
});

describe('a unique violation', () => {
  it('may be asked for by its constraint', () => {
    const error = Object.assign(withCode('23505'), { constraint: 'users_pkey' });

    expect([isUniqueViolation(error), isUniqueViolation(error, 'users_pkey'), isUniqueViolation(error, 'other')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isUniqueViolation(withCode('23503'))).toBe(false);
  });
});
