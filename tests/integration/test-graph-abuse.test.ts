import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fakeSubgraph, graphMatchers, startTestGraph, type TestGraph } from 'paygraph/testing';

expect.extend(graphMatchers);

const SDL = 'type Query { one(id: ID): Int } type Subscription { ticked: Int } enum Size { S L }';
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ subgraphs: { numbers: fakeSubgraph(SDL), words: fakeSubgraph('type Query { word: String }') } });
});
afterAll(() => graph.stop());

/** What plain JavaScript lets through. */
const start = (options: unknown): Promise<unknown> => startTestGraph(options as Parameters<typeof startTestGraph>[0]);
const execute = (operation: unknown): Promise<unknown> => graph.execute(operation as Parameters<TestGraph['execute']>[0]);
const fail = (assertion: () => unknown): string => {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message.replace(/\u001b\[\d+m/g, '');
  }
  throw new Error('it passed');
};

describe('starting a graph the wrong way', () => {
  it.each([
    ['nothing', undefined, 'expected { subgraphs: { name: … } }, got undefined'],
    ['a list', { subgraphs: [] }, 'expected { subgraphs: { name: … } }'],
    ['no subgraph', { subgraphs: {} }, 'expected at least one subgraph, got none'],
    ['a number', { subgraphs: { a: 4 } }, 'subgraph a: expected { sdl, resolvers? } or { url, sdl? }, got number 4'],
    [
      'a promise',
      { subgraphs: { a: Promise.resolve() } },
      'subgraph a: expected { sdl, resolvers? } or { url, sdl? }, got a Promise: await it first',
    ],
    ['typeDefs', { subgraphs: { a: { typeDefs: SDL } } }, 'got an object with typeDefs'],
    [
      'a path for a URL',
      { subgraphs: { a: { url: '/graphql' } } },
      'expected a url that starts with http:// or https://, got the text "/graphql"',
    ],
    [
      'a URL and resolvers',
      { subgraphs: { a: { url: 'http://127.0.0.1:1', resolvers: {} } } },
      'expected { url, sdl? }, got resolvers too',
    ],
    ['an SDL with an error', { subgraphs: { a: { sdl: 'type Query {' } } }, 'subgraph a: Syntax Error'],
    [
      'a resolver of no type',
      { subgraphs: { a: { sdl: SDL, resolvers: { Quary: {} } } } },
      'subgraph a: resolvers for Quary, but the SDL has no such type',
    ],
    [
      'a resolver of no field',
      { subgraphs: { a: { sdl: SDL, resolvers: { Query: { two: () => 2 } } } } },
      'a resolver for Query.two, but Query has only one',
    ],
    ['a variable that is none', { subgraphs: { a: { sdl: SDL } }, env: { GATEWAY_INTROSPECTOIN: 'true' } }, 'GATEWAY_INTROSPECTOIN'],
  ])('with %s says what was expected and what came', async (_title, options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });

  it('names every wrong subgraph at once', async () => {
    await expect(start({ subgraphs: { a: 1, b: { sdl: 2 } } })).rejects.toThrow(/subgraph a: [^]*subgraph b: /);
  });
});

describe('an operation sent the wrong way', () => {
  it.each([
    ['a text', '{ one }', 'execute: expected { query, operationName?, variables?, headers? }, got the text "{ one }"'],
    ['no query', {}, 'with a query as text or document, got undefined'],
    ['a typing error', { query: '{ one }', variable: {} }, 'got variable besides'],
    ['a way to subscribe', { query: '{ one }', over: 'sse' }, 'got over besides'],
  ])('as %s', async (_title, operation, message) => {
    await expect(execute(operation)).rejects.toThrow(message);
  });

  it('over a transport that is none', async () => {
    await expect(graph.subscribe({ query: 'subscription { ticked }', over: 'pigeon' as 'sse' })).rejects.toThrow(
      'expected over to be sse or websocket',
    );
  });

  it('to a graph that was stopped', async () => {
    const stopped = await startTestGraph({ subgraphs: { numbers: fakeSubgraph(SDL) } });
    await stopped.stop();
    await stopped.stop();

    await expect(stopped.execute({ query: '{ one }' })).rejects.toThrow('expected a running graph for execute, but it was stopped');
    await expect(stopped.subscribe({ query: 'subscription { ticked }' })).rejects.toThrow('it was stopped');
  });

  it('waiting for more events than come', async () => {
    await using fakes = await startTestGraph({ subgraphs: { numbers: fakeSubgraph(SDL, { events: { ticked: 1 } }) } });
    const subscription = await fakes.subscribe({ query: 'subscription { ticked }' });
    const waiting = await graph.subscribe({ query: 'subscription { ticked }' });

    await expect(subscription.take(2)).rejects.toThrow(
      /expected 2 results, but the subscription ended after 1: \[\{"data":\{"ticked":\d+\}\}\]/,
    );
    await expect(waiting.take(1, 20)).rejects.toThrow('expected 1 results within 20 ms, got none');
    await waiting.return();
  });
});

describe('a matcher used the wrong way', () => {
  it('knows a Promise from a result', () => {
    const promise = Promise.resolve();
    expect(fail(() => expect(promise).toCallService('numbers'))).toContain('got a Promise: await it first');
    expect(fail(() => expect(promise).toMatchQueryPlan(''))).toContain('got a Promise: await it first');
    expect(fail(() => expect(promise).not.toComposeWith(SDL))).toContain('got a Promise: await it first');
  });

  it('knows the names of the subgraphs, also with .not', async () => {
    const result = await graph.execute({ query: '{ one }' });

    expect(fail(() => expect(result).not.toCallService('nubmers'))).toBe(
      'toCallService: expected one of the subgraphs numbers, words, got "nubmers"',
    );
    expect(fail(() => expect(result).toCallService('numbers', { time: 1 } as object))).toContain('got time besides');
    expect(fail(() => expect(result).toCallService('numbers', -1))).toContain('expected times to be 0 or more, got number -1');
    expect(fail(() => expect({}).toCallService('numbers'))).toContain('got an empty object');
  });

  it('says that a refused operation has no plan', async () => {
    const result = await graph.execute({ query: '{ two }' });

    expect(fail(() => expect(result).toMatchQueryPlan('x'))).toContain('the operation has no plan: Cannot query field "two"');
    expect(fail(() => expect('plan').toMatchQueryPlan(undefined as unknown as string))).toContain('toMatchInlineSnapshot');
  });

  it('does not take a broken SDL for one that does not compose', () => {
    expect(fail(() => expect('type Query {').not.toComposeWith(SDL))).toContain('expected an SDL for received');
    expect(fail(() => expect({ a: SDL }).toComposeWith({ a: SDL }))).toContain('got a twice');
  });
});

describe('a matcher that fails', () => {
  it('shows what was asked, of whom, and with which errors', async () => {
    const result = await graph.execute({ query: '{ one(id: "7") nothing }' });
    const fine = await graph.execute({ query: '{ one(id: "7") }' });

    expect(fail(() => expect(result).toCallService('numbers'))).toMatch(
      /Expected: to call numbers at least once\nReceived: never\n\nErrors of the operation:\n {2}Cannot query field "nothing"/,
    );
    expect(fail(() => expect(fine).toCallService('words', 2))).toMatch(
      /Expected: to call words 2 times\nReceived: never\n\nOther calls: numbers/,
    );
    expect(fail(() => expect(fine).toCallService('numbers', { query: 'two' }))).toMatch(
      /with query "two"\nReceived: never, and once in all\n\nCalls of numbers:\n {2}\{one\(id:7\)\}/,
    );
    expect(fail(() => expect(fine).not.toCallService('numbers'))).toMatch(/Expected: not to call numbers at all\nReceived: once/);
  });

  it('shows the difference of two plans', () => {
    expect(fail(() => expect('a\n  {b}').toMatchQueryPlan('a\n  {c}'))).toMatch(/- +\{c\}\n\+ +\{b\}/);
    expect(fail(() => expect(' a\n').not.toMatchQueryPlan('a'))).toContain('Expected another plan than:\na');
  });

  it('shows why subgraphs do not compose, with the code and the subgraph', () => {
    const other = 'type Query { one(id: ID): String }';

    expect(fail(() => expect({ numbers: SDL }).toComposeWith({ texts: other }))).toMatch(
      /numbers, texts to compose, got:\n {2}.*numbers:1:\d+.*texts:1:\d+.*FIELD_TYPE_MISMATCH/,
    );
    expect(fail(() => expect(SDL).not.toComposeWith('type Query { two: Int }'))).toContain(
      'Expected received, other1 not to compose, and they do',
    );
  });
});

describe('a fake subgraph ordered the wrong way', () => {
  const fake = fakeSubgraph(SDL);

  it.each([
    [
      'an override of no type',
      () => fakeSubgraph(SDL, { overrides: { Quary: {} } }),
      'expected an override of a type of the SDL, got Quary',
    ],
    ['an override of no field', () => fakeSubgraph(SDL, { overrides: { Query: { two: 2 } } }), 'Query has no two; it has one'],
    ['a value that the enum has not', () => fakeSubgraph(SDL, { overrides: { Size: 'M' } }), 'expected Size to be one of S, L'],
    [
      'events of no field',
      () => fakeSubgraph(SDL, { events: { tocked: 1 } }),
      'expected a field of Subscription, got tocked; it has ticked',
    ],
    ['a list of minus one', () => fakeSubgraph(SDL, { listLength: -1 }), 'expected listLength to be 0 or more'],
    ['a failure of no field', () => fake.fail('Query.two', 'no'), 'got Query.two; Query has'],
    ['a delay of no type', () => fake.delay('Person', 1), 'expected a coordinate such as User or User.name, got Person'],
    ['an SDL with an error', () => fakeSubgraph('type {'), 'Syntax Error'],
  ])('by %s', (_title, order, message) => {
    expect(order).toThrow(message);
  });

  it('by an event of no field', async () => {
    await expect(fake.emit('tocked')).rejects.toThrow('expected a field of Subscription, got tocked');
  });
});
