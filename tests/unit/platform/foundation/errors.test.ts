import { describe, expect, it } from '@jest/globals';
import { ConfigError, DependencyError, DomainError, ProtocolError, toCode, toMessage } from '../../../../platform/foundation/errors.ts';

describe('the families of errors', () => {
  it('carry a code, whether a retry makes sense, and their cause', () => {
    const cause = new Error('because');

    expect(new DependencyError('DATABASE_UNAVAILABLE', 'users database', 'gone', { cause })).toMatchObject({
      name: 'DependencyError',
      code: 'DATABASE_UNAVAILABLE',
      dependency: 'users database',
      retryable: true,
      cause,
    });
    expect(new DependencyError('TOPOLOGY_MISMATCH', 'RabbitMQ', 'other arguments', { retryable: false }).retryable).toBe(false);
    expect(new DomainError('INSUFFICIENT_FUNDS', 'too little', { balance: '1.00' })).toMatchObject({
      retryable: false,
      details: { balance: '1.00' },
    });
    expect(new ProtocolError('MESSAGE_MALFORMED', 'no JSON')).toMatchObject({ name: 'ProtocolError', code: 'MESSAGE_MALFORMED' });
  });

  it('have no cause when there was none', () => {
    expect('cause' in new ProtocolError('X', 'y')).toBe(false);
  });

  it('tell all problems of a configuration in their message', () => {
    expect(new ConfigError(['one', 'two'])).toMatchObject({ code: 'CONFIG_INVALID', message: 'one\ntwo', problems: ['one', 'two'] });
    expect(new ConfigError(['full'], { code: 'PORT_TAKEN' }).code).toBe('PORT_TAKEN');
  });
});

describe('the message of whatever was thrown', () => {
  it.each([
    [new Error('broken'), 'broken'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [{ message: 'from another realm' }, 'from another realm'],
    [{ message: 7 }, '[object Object]'],
    [new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]), '::1 refused, 127.0.0.1 refused'],
    [new AggregateError([new Error('x')], 'both failed'), 'both failed'],
  ])('%p is %s', (thrown, message) => {
    expect(toMessage(thrown)).toBe(message);
  });
});

describe('the code of whatever was thrown', () => {
  it.each([
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new Error('x'), { code: 406 }), undefined],
    [new Error('x'), undefined],
    ['ECONNREFUSED', undefined],
    [null, undefined],
  ])('%p is %s', (thrown, code) => {
    expect(toCode(thrown)).toBe(code);
  });
});
