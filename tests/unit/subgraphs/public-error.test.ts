import { describe, expect, it } from '@jest/globals';
import { GraphQLError, buildSchema, graphqlSync, parse, validate } from 'graphql';
import { DependencyError, DomainError, ProtocolError } from '../../../platform/foundation/errors.ts';
import type { Logger } from '../../../platform/foundation/logger.ts';
import { toPublicError } from '../../../subgraphs/public-error.ts';

const schema = buildSchema(`
  input In { amount: Int! tags: [String!] }
  type Query { ask(in: In, id: ID!): Int }
`);

function recordingLogger(): { logger: Logger; lines: { level: string; cause: unknown; text: string }[] } {
  const lines: { level: string; cause: unknown; text: string }[] = [];
  const at = (level: string) => (fields: { err: unknown }, text: string) => void lines.push({ level, cause: fields.err, text });
  return { logger: { warn: at('warn'), error: at('error') } as unknown as Logger, lines };
}

const thrown = (originalError: Error): GraphQLError => new GraphQLError(originalError.message, { originalError, path: ['pay'] });
const publish = (error: GraphQLError) => {
  const { logger, lines } = recordingLogger();
  return { shown: toPublicError(error, { requestId: 'r-1', logger }), lines };
};

describe('an error as the outside sees it', () => {
  it('keeps the code and details of a refusal, and logs nothing', () => {
    const { shown, lines } = publish(thrown(new DomainError('USER_NOT_FOUND', 'there is no user 7', { field: 'input.userId' })));

    expect(shown).toEqual({ message: 'there is no user 7', path: ['pay'], extensions: { code: 'USER_NOT_FOUND', field: 'input.userId' } });
    expect(lines).toEqual([]);
  });

  it("keeps a refusal's code even if a detail is called code", () => {
    expect(publish(thrown(new DomainError('USER_NOT_FOUND', 'no', { code: 'OTHER' }))).shown.extensions?.code).toBe('USER_NOT_FOUND');
  });

  it('names the dependency that is away, not its address', () => {
    const { shown, lines } = publish(
      thrown(new DependencyError('DATABASE_UNAVAILABLE', 'users database', 'connection refused (10.0.0.7:5432)')),
    );

    expect(shown).toEqual({
      message: 'users database does not answer; try again later',
      path: ['pay'],
      extensions: { code: 'DATABASE_UNAVAILABLE', requestId: 'r-1' },
    });
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  it('keeps what the peer did wrong', () => {
    expect(publish(thrown(new ProtocolError('BAD_REQUEST', 'no such thing'))).shown).toEqual({
      message: 'no such thing',
      path: ['pay'],
      extensions: { code: 'BAD_REQUEST' },
    });
  });

  it.each([
    new Error('password authentication failed for user root'),
    new TypeError('x is not a function'),
    Object.assign(new Error('duplicate key'), { code: '23505' }),
  ])('masks a bug and logs its cause: %p', (bug) => {
    const { shown, lines } = publish(thrown(bug));

    expect(shown).toEqual({
      message: 'Internal server error',
      path: ['pay'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r-1' },
    });
    expect(lines).toEqual([{ level: 'error', cause: bug, text: expect.stringContaining('r-1') }]);
  });

  it('finds the cause through several wrappings', () => {
    const refusal = new DomainError('INSUFFICIENT_FUNDS', 'too little');

    expect(publish(thrown(thrown(refusal))).shown.extensions).toEqual({ code: 'INSUFFICIENT_FUNDS' });
  });

  it.each([
    ['{ ask(id: "1", in: { amount: null }) }', 'in.amount'],
    ['{ ask(id: "1", in: { amount: "x" }) }', 'in.amount'],
    ['{ ask(id: "1", in: { amount: 1, tags: [1] }) }', 'in.tags'],
    ['{ ask(id: 1.5) }', 'id'],
    ['{ ask(id: "1", in: {}) }', 'in'],
    ['query ($i: In = { amount: null }) { ask(id: "1", in: $i) }', 'amount'],
  ])('names the field of a wrong literal: %s', (query, field) => {
    const [problem] = validate(schema, parse(query));
    const error = new GraphQLError(problem?.message ?? '', {
      nodes: problem?.nodes ?? null,
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });

    const { shown } = publish(error);

    expect(shown.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
    expect(shown.message).toContain(`${field}: `);
  });

  it.each([
    [{ in: { amount: null }, id: '1' }, 'in.amount'],
    [{ in: { amount: 'x' }, id: '1' }, 'in.amount'],
    [{ in: { amount: 1, tags: ['a', null] }, id: '1' }, 'in.tags[1]'],
    [{ in: { amount: 1 } }, 'id'],
    [{ in: {}, id: '1' }, 'in'],
    [{ in: { amount: 1 }, id: {} }, 'id'],
  ])('names the field of a wrong variable: %j', (variableValues, field) => {
    const { errors } = graphqlSync({ schema, source: 'query ($in: In, $id: ID!) { ask(in: $in, id: $id) }', variableValues });

    const { shown } = publish(errors?.[0] ?? new GraphQLError('none'));

    expect(shown.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('leaves other mistakes in the document to their own code', () => {
    const error = new GraphQLError('Cannot query field "x"', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 }, stacktrace: ['secret'] },
    });

    expect(publish(error).shown).toEqual({ message: 'Cannot query field "x"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  });
});
