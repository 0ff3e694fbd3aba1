import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../gateway/engine.ts';
import type { SubgraphClient } from '../../gateway/subgraphs/subgraph-client.ts';
import { DependencyError, ProtocolError } from '../../platform/foundation/errors.ts';
import { callContext, createFederatedGraph, runRequest } from '../support/federated-graph.ts';
import { createScriptedClient } from '../support/fake-subgraph.ts';
import { shop } from '../support/fixtures/shop.ts';

const down = new DependencyError('SUBGRAPH_UNAVAILABLE', 'subgraph reviewing', 'connect ECONNREFUSED 10.0.0.7:4001');

async function ask(query: string, replace: Readonly<Record<string, SubgraphClient>>): Promise<GatewayResult> {
  return createFederatedGraph(shop.subgraphs, { replace }).run({ query });
}

const answering = (name: string, ...answers: unknown[]): Record<string, SubgraphClient> => ({
  [name]: createScriptedClient(name, ...answers),
});

describe('when a subgraph fails, a client gets', () => {
  it('what the others know, and one error at the first place that is missing', async () => {
    const { data, errors } = await ask('{ users { id reviewCount } me { username nickname } }', answering('reviewing', down));

    expect(data).toBeNull(); // reviewCount may not be null, nor may any of its parents
    expect(errors).toEqual([
      {
        message: 'Subgraph reviewing cannot be reached.',
        path: ['users', 0],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'reviewing' },
      },
    ]);
  });

  it('partial data where null is allowed', async () => {
    const { data, errors } = await ask('{ maybeUsers { id reviewCount } me { username } }', answering('reviewing', down));

    expect(data).toEqual({ maybeUsers: [null, null, null], me: { username: '@ada' } });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.path).toEqual(['maybeUsers', 0]);
  });

  it('one error for each root field that the subgraph was asked for', async () => {
    const { data, errors } = await ask(
      '{ a: review(id: "r1") { id } latest { id } me { id } skipped: latest @skip(if: true) { id } }',
      answering('reviewing', down),
    );

    expect(data).toEqual({ a: null, latest: null, me: { id: '1' } });
    expect(errors?.map(({ path }) => path)).toEqual([['a'], ['latest']]);
  });

  it('no word about addresses and causes', async () => {
    const { errors } = await ask('{ latest { id } }', answering('reviewing', down));

    expect(JSON.stringify(errors)).not.toMatch(/ECONN|10\.0/);
  });

  it('the code of a timeout', async () => {
    const { errors } = await ask(
      '{ latest { id } }',
      answering('reviewing', new DependencyError('SUBGRAPH_TIMEOUT', 'subgraph reviewing', 'slow')),
    );

    expect(errors).toEqual([
      {
        message: 'Subgraph reviewing did not answer in time.',
        path: ['latest'],
        extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'reviewing' },
      },
    ]);
  });

  it('a masked error with a request id when the client code itself is broken', async () => {
    const { data, errors } = await ask('{ latest { id } me { id } }', answering('reviewing', new TypeError('secret internals')));

    expect(data).toEqual({ latest: null, me: { id: '1' } });
    expect(errors).toEqual([
      { message: 'Internal server error', path: ['latest'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } },
    ]);
  });

  it("a subgraph's own code, message and extensions, without its stack trace and locations", async () => {
    const error = {
      message: 'no',
      path: ['latest', 0, 'body'],
      locations: [{ line: 1, column: 1 }],
      extensions: { code: 'NOPE', hint: 1, stacktrace: ['at secret.js'] },
    };
    const { errors } = await ask(
      '{ l: latest { b: body } }',
      answering('reviewing', { data: { l: [{ b: null }] }, errors: [{ ...error, path: ['l', 0, 'b'] }] }),
    );

    expect(errors).toEqual([{ message: 'no', path: ['l', 0, 'b'], extensions: { code: 'NOPE', hint: 1, serviceName: 'reviewing' } }]);
  });

  it('an error without a path at the only place it can mean', async () => {
    const { data, errors } = await ask('{ latest { id } }', answering('reviewing', { errors: [{ message: 'not today' }] }));

    expect(data).toEqual({ latest: null });
    expect(errors).toEqual([
      { message: 'not today', path: ['latest'], extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', serviceName: 'reviewing' } },
    ]);
  });

  it('no further mutation after one whose answer may not be null and is', async () => {
    const catalog = createScriptedClient('catalog', { data: { setTitle: null } });
    const { data, errors } = await createFederatedGraph(shop.subgraphs, { replace: { catalog } }).run({
      query: 'mutation { failStrict setTitle(upc: "b1", title: "x") { upc } }',
    });

    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(catalog.requests).toEqual([]);
  });
});

describe('when a subgraph answers nonsense, a client gets null and an error, never a crash, for', () => {
  const malformed = { code: 'SUBGRAPH_MALFORMED', serviceName: 'reviewing' };

  it.each([
    ['a text instead of the list of entities', { data: { _entities: 'x' } }],
    ['no list of entities', { data: {} }],
    ['null instead of the list of entities', { data: { _entities: null } }],
    ['too few entities', { data: { _entities: [] } }],
    ['too many entities', { data: { _entities: [{}, {}, {}] } }],
    ['entities that are no objects', { data: { _entities: ['one', 'two', 'three'].slice(0, 1) } }],
    ['no data and no errors', {}],
    ['data that is a list', { data: [1] }],
    ['data that is a text', { data: 'x' }],
    ['an answer that its client refused', new ProtocolError('SUBGRAPH_MALFORMED', 'HTML')],
  ])('%s', async (_title, answer) => {
    const { data, errors } = await ask('{ me { id reviewCount } maybeUsers { username } }', answering('reviewing', answer));

    expect(data).toEqual({ me: null, maybeUsers: [{ username: '@ada' }, null, { username: '@ghost' }] });
    expect(errors).toEqual([
      { message: 'Subgraph reviewing gave an answer that is not as it should be.', path: ['me'], extensions: malformed },
    ]);
  });

  it.each([
    ['a text for an object', { me: 'x' }, 'Query.me'],
    ['a list for an object', { me: [1] }, 'Query.me'],
    ['an object for a text', { me: { username: {} } }, 'username'],
    ['a number for a text', { me: { username: 5 } }, 'username'],
    ['an unknown enum value', { me: { username: 'x', role: 'BOSS' } }, 'role'],
    ['a hidden enum value', { me: { username: 'x', role: 'ROOT' } }, 'role'],
    ['a list for an enum', { me: { username: 'x', role: ['ADMIN'] } }, 'role'],
  ])('%s', async (_title, data, mentioned) => {
    const result = await ask('{ me { username role } }', answering('accounts', { data }));

    expect(result.data).toEqual({ me: null });
    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]?.message).toContain(mentioned);
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_MALFORMED' });
    expect(result.errors?.[0]?.message).not.toContain('ROOT');
  });

  it.each([
    ['an unknown type', [{ __typename: 'Nope', upc: '1' }]],
    ['a type that cannot stand there', [{ __typename: 'User', upc: '1' }]],
    ['a type that is no text', [{ __typename: 5, upc: 1.5 }]],
    ['a value that is no list', 'x'],
    ['an object that is no list', { 0: {} }],
    ['null in a list of non-nulls', [null]],
    ['a list in place of an object', [[{}]]],
  ])('%s in a list of an interface', async (_title, products) => {
    const { data, errors } = await ask('{ products { upc } }', answering('catalog', { data: { products } }));

    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.path?.[0]).toBe('products');
  });

  it('a missing non-null field says which', async () => {
    const { data, errors } = await ask('{ me { username } }', answering('accounts', { data: { me: {} } }));

    expect(data).toEqual({ me: null });
    expect(errors).toEqual([
      {
        message: 'Cannot return null for non-nullable field User.username.',
        path: ['me', 'username'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
  });

  it('errors that are no errors', async () => {
    const odd = {
      data: { me: null },
      errors: [null, 'x', { message: 7, path: 'me', extensions: 'none' }, { path: [{}, 'me'], message: '' }],
    };
    const { data, errors } = await ask('{ me { username } }', answering('accounts', odd));

    expect(data).toEqual({ me: null });
    expect(errors).toHaveLength(1); // they are equal, and told once
    for (const error of errors ?? [])
      expect(error).toEqual({
        message: 'Subgraph accounts sent an error without a message.',
        path: ['me'],
        extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', serviceName: 'accounts' },
      });
  });

  it('names that every object has, in the data', async () => {
    const data = JSON.parse(
      '{"me":{"username":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}},"__proto__":{"polluted":true}}',
    ) as unknown;
    const answer = await ask('{ me { username } }', answering('accounts', { data }));

    expect(answer).toEqual({ data: { me: { username: 'x' } } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('when the client leaves', () => {
  it('no further fetch is started', async () => {
    const leaving = new AbortController();
    const accounts = createScriptedClient('accounts', () => {
      leaving.abort();
      return { data: { me: { id: '1', __typename: 'User' } } };
    });
    const reviewing = createScriptedClient('reviewing', { data: { _entities: [] } });
    const { engine } = createFederatedGraph(shop.subgraphs, { replace: { accounts, reviewing } });

    const { errors } = await runRequest(engine, { query: '{ me { id reviewCount } }' }, callContext(leaving.signal));

    expect(reviewing.requests).toEqual([]);
    expect(errors?.[0]?.extensions).toEqual({ code: 'REQUEST_ABORTED', serviceName: 'reviewing' });
  });

  it('the signal is what the subgraph client gets', async () => {
    const leaving = new AbortController();
    let seen: AbortSignal | undefined;
    const accounts = createScriptedClient('accounts', (_request: unknown, context: { signal: AbortSignal }) => {
      seen = context.signal;
      return { data: { me: null } };
    });
    const { engine } = createFederatedGraph(shop.subgraphs, { replace: { accounts } });

    await runRequest(engine, { query: '{ me { id } }' }, callContext(leaving.signal));

    expect(seen).toBe(leaving.signal);
  });
});

describe('an entity', () => {
  it('is asked for once, however often it stands in the data', async () => {
    const graph = createFederatedGraph(shop.subgraphs);

    await graph.run({ query: '{ reviews { author { id role } } }' });

    const request = graph.clients.get('accounts')?.requests[0];
    expect(request?.variables?.['representations']).toEqual(['1', '2', '3', '404'].map((id) => ({ __typename: 'User', id })));
  });

  it('is sent only the variables that its fetch uses', async () => {
    const graph = createFederatedGraph(shop.subgraphs);

    await graph.run({
      query: 'query ($id: ID!, $c: String) { review(id: $id) { product { price(currency: $c) } } }',
      variables: { id: 'r1', c: 'USD', unknown: 1 },
    });

    expect(graph.clients.get('reviewing')?.requests[0]?.variables).toEqual({ id: 'r1' });
    expect(Object.keys(graph.clients.get('catalog')?.requests[0]?.variables ?? {}).sort()).toEqual(['c', 'representations']);
  });
});
