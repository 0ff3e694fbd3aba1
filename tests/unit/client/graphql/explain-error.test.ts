import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { explainError } from '../../../../client/src/graphql/explain-error.ts';

const refusal = (code: string, message = 'in the words of a program', more: Record<string, unknown> = {}): CombinedGraphQLErrors =>
  new CombinedGraphQLErrors({ data: null, errors: [{ message, extensions: { code, ...more } }] });

const NOTHING_DONE = ['USER_NOT_FOUND', 'INSUFFICIENT_FUNDS', 'CURRENCY_MISMATCH', 'IDEMPOTENCY_CONFLICT', 'UNAUTHENTICATED', 'FORBIDDEN'];
const NOT_KNOWN = ['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT'];

it.each([...NOTHING_DONE, ...NOT_KNOWN])('%s has words of its own, and none of the program', (code) => {
  const { title, text } = explainError(refusal(code));

  expect(`${title} ${text}`).not.toMatch(/in the words|[A-Z]+_[A-Z]+|undefined|unexpected/);
  expect(title).not.toBe(explainError(refusal('SOMETHING_ELSE')).title);
});

it('after a refusal nothing was done; after a lost answer that is not known', () => {
  for (const code of ['BAD_USER_INPUT', ...NOTHING_DONE]) expect(explainError(refusal(code)).done).toBe('nothing');
  for (const code of [...NOT_KNOWN, 'INTERNAL_SERVER_ERROR', 'NEVER_HEARD_OF']) expect(explainError(refusal(code)).done).toBe('unknown');
  expect(explainError(new TypeError('Failed to fetch'))).toMatchObject({ code: 'NETWORK', done: 'unknown' });
});

it('bad input is told with the name that the form has for the field', () => {
  const explanation = explainError(
    refusal('BAD_USER_INPUT', 'input.openingBalance must have at most 2 digits after the point for MXN; got 3', {
      field: 'input.openingBalance',
    }),
  );

  expect(explanation).toMatchObject({
    field: 'openingBalance',
    text: 'Opening balance must have at most 2 digits after the point for MXN; got 3. Nothing was done.',
  });
});

it('something unexpected comes with the number to report', () => {
  expect(explainError(refusal('INTERNAL_SERVER_ERROR', 'masked', { requestId: 'r-17' }))).toMatchObject({ requestId: 'r-17' });
});

it('an answer that is not GraphQL says its status', () => {
  const error = new ServerError('bad gateway', { response: new Response('', { status: 502 }), bodyText: '' });

  expect(explainError(error)).toMatchObject({ code: 'HTTP_502', text: expect.stringContaining('502') });
});

it('every code of docs/errors.md that a client sees is explained in a title and a sentence', async () => {
  const page = await readFile('docs/errors.md', 'utf8');
  const table = page.slice(page.indexOf('## What a client'), page.indexOf('## HTTP'));
  const codes = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = '']) => code);

  expect(codes.length).toBeGreaterThan(20);
  for (const code of codes) {
    const { title, text } = explainError(refusal(code));
    expect([title.length > 10, text.length > 10]).toEqual([true, true]);
  }
});
