import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { graphMatchers, fakeSubgraph, startTestGraph, type TestGraph } from 'paygraph/testing';
import { startSubgraph } from '../../gateway/testing/start-subgraph.ts';
import { toSubgraphSchema } from '../../gateway/testing/subgraph-schema.ts';
import { eventually } from '../support/eventually.ts';
import { NOTES_SDL, NoteLog, PEOPLE_SDL } from '../support/small-graph.ts';

expect.extend(graphMatchers);

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n';
const people = {
  sdl: PEOPLE_SDL,
  resolvers: {
    Query: {
      person: (_parent: unknown, { id }: { id: string }) => ({ id, name: `Person ${id}` }),
      headers: (_parent: unknown, _args: unknown, { headers }: { headers: unknown }) => JSON.stringify(headers),
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      name({ id }: { id: string }) {
        if (id === '2') throw new Error('person 2 has no name');
        return `Person ${id}`;
      },
    },
  },
};
const notesOver = (log: NoteLog) => ({
  sdl: parse(NOTES_SDL),
  resolvers: {
    Query: { notes: () => log.notes() },
    Person: { notes: () => log.notes() },
    Subscription: { noteWritten: { subscribe: (_parent: unknown, { after }: { after?: string | null }) => log.read(after) } },
  },
});
const ON_NOTE = 'subscription { noteWritten { note { text author { name } } } }';

let graph: TestGraph | undefined;
afterEach(async () => {
  await graph?.stop();
  graph = undefined;
});

async function startNotesGraph(log = new NoteLog()): Promise<TestGraph> {
  graph = await startTestGraph({ subgraphs: { people, notes: notesOver(log) } });
  return graph;
}

describe('a test graph', () => {
  it('answers through the gateway, and tells what each subgraph was asked', async () => {
    const log = new NoteLog();
    log.write('one');
    const { execute, calls } = await startNotesGraph(log);

    const result = await execute({
      query: parse('query Of($id: ID!) { person(id: $id) { name } notes { text author { name } } }'),
      variables: { id: '9' },
    });
    const other = await execute({ query: '{ notes { text } }', headers: { authorization: 'me', 'x-secret': 'mine' } });

    expect(result).toEqual({ data: { person: { name: 'Person 9' }, notes: [{ text: 'one', author: { name: 'Person 1' } }] } });
    expect(result).toCallService('people', 2);
    expect(result).toCallService('people', { variables: { id: '9' }, times: 1 });
    expect(result).toCallService('notes', { query: '{ notes { text author' });
    expect(other).not.toCallService('people');
    expect(other).toCallService('notes', { headers: { authorization: 'me' } });
    expect(other.calls[0]?.headers).toEqual({ authorization: 'me', 'x-request-id': expect.any(String) });
    expect(calls).toHaveLength(4);
  });

  it('shows what a resolver threw, to the client and with its stack to the test', async () => {
    const log = new NoteLog();
    log.write('one');
    log.write('two');
    const { execute, thrown } = await startNotesGraph(log);

    const result = await execute({ query: '{ notes { author { name } } }' });
    const fine = await execute({ query: '{ person(id: "1") { name } }' });

    expect(result.errors).toEqual([
      {
        message: 'person 2 has no name',
        path: ['notes', 1, 'author', 'name'],
        extensions: expect.objectContaining({ serviceName: 'people' }),
      },
    ]);
    expect(result.thrown).toEqual([expect.objectContaining({ service: 'people', path: '_entities.1.name' })]);
    expect((result.thrown[0]?.error as Error).stack).toContain('test-graph.test');
    expect(fine.thrown).toEqual([]);
    expect(thrown).toHaveLength(1);
  });

  it.each(['sse', 'websocket'] as const)('hears every event from the moment that subscribe has settled, over %s', async (over) => {
    const log = new NoteLog();
    const { subscribe } = await startNotesGraph(log);
    const subscription = await subscribe<{ noteWritten: { note: { text: string } } }>({ query: ON_NOTE, over });

    for (const text of ['one', 'two', 'three']) log.write(text);
    const texts = (await subscription.take(3)).map(({ data, errors }) => errors?.[0]?.message ?? data?.noteWritten.note.text);

    expect(texts).toEqual(['one', expect.stringContaining('person 2'), 'three']);
    expect(subscription).toCallService('notes', { query: 'subscription', times: 1 });
    expect(subscription).toCallService('people', 3);
    await subscription.return();
    await eventually(() => log.readers === 0, 3_000);
  });

  it('can be left in the middle of a loop, and ends what is still open when it stops', async () => {
    const log = new NoteLog();
    const { subscribe, stop } = await startNotesGraph(log);
    const open = await subscribe({ query: ON_NOTE });
    const left = await subscribe({ query: ON_NOTE, over: 'websocket' });

    log.write('one');
    for await (const { data } of left) {
      expect(data).toBeDefined();
      break;
    }
    expect((await open.take(1))[0]?.data).toBeDefined();
    await stop();

    expect(await open.next()).toEqual({ value: undefined, done: true });
    await eventually(() => log.readers === 0, 3_000);
  });

  it.each(['sse', 'websocket'] as const)('gives a refused subscription as its only result, over %s', async (over) => {
    const { subscribe } = await startNotesGraph();

    const subscription = await subscribe({ query: 'subscription { nothing }', over });

    expect((await subscription.next()).value.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await subscription.next()).done).toBe(true);
  });

  it('runs against a subgraph that runs elsewhere, with or without its SDL', async () => {
    await using elsewhere = await startSubgraph({ name: 'people', schema: toSubgraphSchema({ name: 'people', ...people }) });

    for (const remote of [{ url: elsewhere.url }, { url: elsewhere.url, sdl: PEOPLE_SDL }]) {
      await using mixed = await startTestGraph({ subgraphs: { people: remote, notes: fakeSubgraph(NOTES_SDL) } });
      const result = await mixed.execute({ query: '{ person(id: "5") { name notes { text } } }' });

      expect(result.data).toMatchObject({ person: { name: 'Person 5' } });
      expect(result).toCallService('people');
      expect(result).toCallService('notes');
    }
  });

  it('takes the variables of the gateway', async () => {
    await using strict = await startTestGraph({
      subgraphs: { people },
      env: { GATEWAY_INTROSPECTION: 'false', GATEWAY_FORWARD_HEADERS: 'x-tenant' },
    });

    expect((await strict.execute({ query: '{ __schema { types { name } } }' })).errors?.[0]?.extensions?.['code']).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    const { data } = await strict.execute<{ headers: string }>({ query: '{ headers }', headers: { 'x-tenant': 'a', authorization: 'b' } });
    expect(JSON.parse(data?.headers ?? '')).toMatchObject({ 'x-tenant': 'a' });
    expect(data?.headers).not.toMatch(/authorization|paygraph/);
  });

  it('shows every composition error with its code and its subgraph, and leaves nothing open', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
    const a = { sdl: `${link} type Query { a: Int one: String }` };
    const b = { sdl: `${link} type Query { b: Int one: Int }` };

    await expect(startTestGraph({ subgraphs: { a, b } })).rejects.toMatchObject({
      code: 'COMPOSITION_FAILED',
      message: expect.stringMatching(/a:.*b:.*(FIELD_TYPE_MISMATCH|INVALID_FIELD_SHARING)[^]*Query\.one/),
    });
    await eventually(() => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length <= before, 3_000);
  });

  it('leaves nothing open when it was stopped', async () => {
    const count = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name)).length;
    const before = count();
    const running = await startNotesGraph();
    await running.execute({ query: '{ person(id: "1") { name notes { text } } }' });
    await running.subscribe({ query: ON_NOTE });
    await running.subscribe({ query: ON_NOTE, over: 'websocket' });
    expect(count()).toBeGreaterThan(before);

    await running.stop();

    await eventually(() => count() <= before, 3_000);
  });

  it('tells the plan of an operation without running it', async () => {
    const { planOf, calls } = await startNotesGraph();

    expect(planOf('{ notes { author { name } } }')).toMatchQueryPlan(`
      notes
        {notes{author{__typename id}}}
      then
      people for notes.@.author by Person { __typename id }
        query($representations:[_Any!]!){_entities(representations:$representations){...on Person{name}}}
    `);
    expect(calls).toEqual([]);
  });
});
