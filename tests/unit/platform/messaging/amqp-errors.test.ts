import { describe, expect, it } from '@jest/globals';
import { explainAmqpError, toAddress, toReplyCode } from '../../../../platform/messaging/amqp-errors.ts';

describe('the address of a broker', () => {
  it.each([
    ['amqp://guest:secret@rabbit.example:5673/payments', 'rabbit.example:5673/payments'],
    ['amqp://rabbit.example', 'rabbit.example:5672'],
    ['amqp://rabbit.example/', 'rabbit.example:5672'],
    ['amqps://user:secret@rabbit.example/%2fteam', 'rabbit.example:5671//team'],
    ['amqp://[::1]:5672', '[::1]:5672'],
  ])('of %s is %s, without a secret', (url, address) => {
    expect(toAddress(url)).toBe(address);
  });
});

describe('why a connection failed', () => {
  it('is told apart by whether trying again may help', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5672'), { code: 'ECONNREFUSED' });

    expect(explainAmqpError(refused)).toEqual({ reason: 'ECONNREFUSED 127.0.0.1:5672', needsPerson: false });
    expect(explainAmqpError(new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "…"')).needsPerson).toBe(true);
    expect(explainAmqpError(new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>')).needsPerson).toBe(true);
    expect(explainAmqpError(new Error('Frame size 1345270062 exceeds maxFrameSize 67108864')).needsPerson).toBe(true);
  });

  it('is a code when there is no message, as when several addresses of a name failed', () => {
    expect(explainAmqpError(Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })).reason).toBe('ECONNREFUSED');
  });
});

describe('the reply code', () => {
  it('is a number of the protocol; errors of the network have none', () => {
    expect(toReplyCode(Object.assign(new Error('x'), { code: 406 }))).toBe(406);
    expect(toReplyCode(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBeUndefined();
    expect(toReplyCode(new Error('x'))).toBeUndefined();
    expect(toReplyCode(undefined)).toBeUndefined();
  });
});
