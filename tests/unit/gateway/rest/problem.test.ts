import { describe, expect, it } from '@jest/globals';
import { problemOfErrors, type ProblemScope } from '../../../../gateway/rest/problem.ts';
import { statusOfCode } from '../../../../gateway/rest/problem-status.ts';

const scope: ProblemScope = { instance: '/rest/things/1', requestId: 'r', statuses: new Map([['OUT_OF_STOCK', 422]]) };
const error = (code: string | undefined, message = 'no'): { message: string; extensions?: { code: string } } => ({
  message,
  ...(code ? { extensions: { code } } : {}),
});

describe('the status of an error code', () => {
  it.each([
    ['BAD_USER_INPUT', 400],
    ['UNAUTHENTICATED', 401],
    ['FORBIDDEN', 403],
    ['USER_NOT_FOUND', 404],
    ['NOT_FOUND', 404],
    ['BOOKING_CONFLICT', 409],
    ['CURSOR_EXPIRED', 410],
    ['DOWNSTREAM_SERVICE_ERROR', 502],
    ['SUBGRAPH_UNAVAILABLE', 503],
    ['DATABASE_UNAVAILABLE', 503],
    ['GATEWAY_STOPPING', 503],
    ['SUBGRAPH_TIMEOUT', 504],
    ['INTERNAL_SERVER_ERROR', 500],
    ['SOMETHING_STRANGE', 500],
    ['constructor', 500],
  ])('%s is %i', (code, status) => {
    expect(statusOfCode(code, new Map())).toBe(status);
  });

  it('is what the operation says, when it says something', () => {
    expect(statusOfCode('USER_NOT_FOUND', new Map([['USER_NOT_FOUND', 422]]))).toBe(422);
  });
});

describe('the problem of errors', () => {
  it('has the status and the code of the only one', () => {
    expect(problemOfErrors([error('OUT_OF_STOCK', 'there are 3 left')], scope)).toEqual({
      type: 'urn:problem-type:out-of-stock',
      title: 'Out of stock',
      status: 422,
      detail: 'there are 3 left',
      instance: '/rest/things/1',
      code: 'OUT_OF_STOCK',
      requestId: 'r',
    });
  });

  it('of several is that of the gravest, and lists all', () => {
    expect(
      problemOfErrors([error('BAD_USER_INPUT', 'a'), error('SUBGRAPH_UNAVAILABLE', 'b'), error('USER_NOT_FOUND', 'c')], scope),
    ).toMatchObject({
      status: 503,
      code: 'SUBGRAPH_UNAVAILABLE',
      detail: 'b',
      errors: [
        { detail: 'a', code: 'BAD_USER_INPUT' },
        { detail: 'b', code: 'SUBGRAPH_UNAVAILABLE' },
        { detail: 'c', code: 'USER_NOT_FOUND' },
      ],
    });
  });

  it('is 500 when nobody said a code, or said none that is one', () => {
    expect(problemOfErrors([error(undefined)], scope)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
    expect(problemOfErrors([error('a b\nc')], scope)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
    expect(problemOfErrors([], scope)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
  });
});
