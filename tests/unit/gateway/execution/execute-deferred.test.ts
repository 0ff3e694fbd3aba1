import { describe, expect, it } from '@jest/globals';
import type { GatewayResult, IncrementalAnswer } from '../../../../gateway/engine.ts';
import { createInProcessClient } from '../../../support/fake-subgraph.ts';
import { callContext, createFederatedGraph, type FederatedGraph } from '../../../support/federated-graph.ts';
import { holdBack, shelf, stockSource } from '../../../support/fixtures/shelf.ts';
import { mergeParts } from '../../../support/merge-parts.ts';

const graph = createFederatedGraph(shelf.subgraphs);

async function start(
  query: string,
  variables: Record<string, unknown> = {},
  { engine }: FederatedGraph = graph,
  context = callContext(),
): Promise<GatewayResult | IncrementalAnswer> {
  const prepared = engine.prepare({ query });
  if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
  return engine.executeIncrementally(prepared.operation, variables, context);
}

/** The initial answer and each part as `place label: data errors`. */
async function partsOf(query: string, variables: Record<string, unknown> = {}): Promise<{ initial: unknown; parts: unknown[] }> {
  const answer = await start(query, variables);
  if (!('updates' in answer)) return { initial: answer, parts: [] };
  const merged = await mergeParts({ ...answer });
  const parts = merged.updates.flatMap(({ delivered }) =>
    delivered.map(({ path, label, data, errors }) => [
      path.join('.'),
      label,
      JSON.parse(JSON.stringify(data)) as unknown,
      ...errors.map((error) => `${error.path?.join('.')}: ${error.message}`),
    ]),
  );
  return { initial: answer.initial, parts };
}

describe('an operation with @defer', () => {
  it('answers what is deferred later, with its label and its place', async () => {
    expect(await partsOf('{ item(id: 1) { name ... @defer(label: "stock") { count } } }')).toEqual({
      initial: { data: { item: { name: 'item 1' } } },
      parts: [['item', 'stock', { count: 10 }]],
    });
  });

  it('defers fields of the same subgraph, of an object without a key, and of the root', async () => {
    expect(
      await partsOf(
        '{ item(id: 1) { id ...A @defer maker { city ... @defer(label: "b") { name } } } ... @defer { warehouse } } fragment A on Item { name }',
      ),
    ).toEqual({
      initial: { data: { item: { id: '1', maker: { city: 'Ulm' } } } },
      parts: expect.arrayContaining([
        ['', undefined, { warehouse: 'Ulm' }],
        ['item', undefined, { name: 'item 1' }],
        ['item.maker', 'b', { name: 'maker of 1' }],
      ]),
    });
  });

  it('has one part for each item of a list', async () => {
    const { parts } = await partsOf('{ items { id ... @defer(label: "name") { name } } }');

    expect(parts).toEqual([
      ['items.0', 'name', { name: 'item 1' }],
      ['items.1', 'name', { name: 'item 2' }],
      ['items.2', 'name', { name: 'item 3' }],
    ]);
  });

  it('tells a part inside a part after it', async () => {
    const { initial, parts } = await partsOf(
      '{ item(id: 1) { id ... @defer(label: "outer") { count ... @defer(label: "inner") { note } } } }',
    );

    expect(initial).toEqual({ data: { item: { id: '1' } } });
    expect(parts).toEqual([
      ['item', 'outer', { count: 10 }],
      ['item', 'inner', { note: 'note 1' }],
    ]);
  });

  it('does not send again what is also selected without @defer, or in another part', async () => {
    const { initial, parts } = await partsOf(
      '{ items { id maker { name } } ... @defer(label: "all") { items { id name maker { name city } } } }',
    );

    expect(initial).toEqual({ data: { items: [1, 2, 3].map((id) => ({ id: String(id), maker: { name: `maker of ${id}` } })) } });
    expect(parts).toEqual([['', 'all', { items: [1, 2, 3].map((id) => ({ name: `item ${id}`, maker: { city: 'Ulm' } })) }]]);
  });

  it.each([
    ['a literal false', 'query { item(id: 1) { id ... @defer(if: false) { count } } }', {}],
    ['a variable that is false', 'query ($d: Boolean!) { item(id: 1) { id ... @defer(if: $d) { count } } }', { d: false }],
    ['a default that is false', 'query ($d: Boolean! = false) { item(id: 1) { id ... @defer(if: $d) { count } } }', {}],
  ])('defers nothing when `if` is %s', async (_title, query, variables) => {
    expect(await start(query, variables)).toEqual({ data: { item: { id: '1', count: 10 } } });
  });

  it('defers when `if` is true, and takes a fragment that is not deferred into the one around it', async () => {
    const query = `query ($outer: Boolean!, $inner: Boolean!) {
      item(id: 1) { id ... @defer(if: $outer, label: "o") { count ... @defer(if: $inner, label: "i") { note } } }
    }`;

    expect((await partsOf(query, { outer: true, inner: false })).parts).toEqual([['item', 'o', { count: 10, note: 'note 1' }]]);
    expect(await partsOf(query, { outer: false, inner: true })).toEqual({
      initial: { data: { item: { id: '1', count: 10 } } },
      parts: [['item', 'i', { note: 'note 1' }]],
    });
  });

  it('has no part below an object that is null', async () => {
    expect(await start('{ item(id: 9) { id ... @defer { count } } }')).toEqual({ data: { item: null } });
  });

  it('lets a null that may not be end its own part only, with the error that explains it', async () => {
    const { initial, parts } = await partsOf('{ items { id ... @defer { count } } }');

    expect(initial).toEqual({ data: { items: [{ id: '1' }, { id: '2' }, { id: '3' }] } });
    expect(parts).toEqual([
      ['items.0', undefined, { count: 10 }],
      ['items.1', undefined, null, 'items.1.count: nobody counted 2'],
      ['items.2', undefined, { count: 30 }],
    ]);
  });

  it('tells errors of a part with the part, and nulls below it as ever', async () => {
    const { initial, parts } = await partsOf('{ item(id: 2) { id ... @defer { note shelf { row label } } } }');

    expect(initial).toEqual({ data: { item: { id: '2' } } });
    expect(parts).toEqual([
      [
        'item',
        undefined,
        { note: null, shelf: null },
        'item.note: no note for 2',
        expect.stringMatching(/^item\.shelf\.label: Cannot return null/),
      ],
    ]);
  });

  it('fails a part whose null would take back what was sent', async () => {
    const { initial, parts } = await partsOf('{ item(id: 2) { shelf { row } ... @defer { shelf { label } } } }');

    expect(initial).toEqual({ data: { item: { shelf: { row: 2 } } } });
    expect(parts).toEqual([['item', undefined, null, expect.stringMatching(/^item\.shelf\.label: Cannot return null/)]]);
  });

  it('gives each failed part the error of the one request that was for all of them', async () => {
    const failing = {
      ...createInProcessClient(stockSource),
      execute: async (): Promise<never> => {
        throw Object.assign(new Error('down'), { code: 'SUBGRAPH_UNAVAILABLE' });
      },
    };
    const broken = createFederatedGraph(shelf.subgraphs, { replace: { stock: failing } });
    const merged = await mergeParts(await start('{ items { id ... @defer { count } } }', {}, broken));

    expect(merged.failed).toEqual([
      ['items', 0],
      ['items', 1],
      ['items', 2],
    ]);
    expect(merged.errors.map(({ path }) => path)).toEqual([
      ['items', 0],
      ['items', 1],
      ['items', 2],
    ]);
  });

  it('may be a mutation whose fields answer at once', async () => {
    expect(await partsOf('mutation { rename(id: 1, name: "new") { name ... @defer(label: "stock") { count } } }')).toEqual({
      initial: { data: { rename: { name: 'new' } } },
      parts: [['rename', 'stock', { count: 10 }]],
    });
  });

  it('is answered at once by `execute`, in the order of its fields', async () => {
    const result = await graph.run({ query: '{ item(id: 1) { ... @defer { count } id } }' });

    expect(JSON.stringify(result)).toBe('{"data":{"item":{"count":10,"id":"1"}}}');
  });

  it('answers everything at once when it has more parts than are worth it', async () => {
    const answer = await start('{ many(count: 10001) { id ... @defer { name } } }');

    expect('updates' in answer).toBe(false);
    expect((answer as { data: { many: unknown[] } }).data.many.at(-1)).toEqual({ id: '10000', name: 'item 10000' });
  });

  it('does not wait for what is deferred, and ends the work for it when the client leaves', async () => {
    const stock = holdBack(createInProcessClient(stockSource));
    const held = createFederatedGraph(shelf.subgraphs, { replace: { stock } });
    const answer = await start('{ item(id: 1) { id ... @defer { count } } }', {}, held);
    if (!('updates' in answer)) throw new Error('expected parts');
    expect(answer.initial).toEqual({ data: { item: { id: '1' } } });

    const next = answer.updates.next();
    await answer.updates.return?.();

    expect(await next).toEqual({ value: undefined, done: true });
    expect(stock.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends when its context says so', async () => {
    const stock = holdBack(createInProcessClient(stockSource));
    const left = new AbortController();
    const held = createFederatedGraph(shelf.subgraphs, { replace: { stock } });
    const answer = await start('{ item(id: 1) { id ... @defer { count } } }', {}, held, callContext(left.signal));
    if (!('updates' in answer)) throw new Error('expected parts');

    const next = answer.updates.next();
    left.abort();

    expect(await next).toEqual({ value: undefined, done: true });
    expect(stock.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('@defer is part of the schema', () => {
  it('and introspection shows it', async () => {
    const { data } = await graph.run({ query: '{ __schema { directives { name locations args { name defaultValue type { kind } } } } }' });
    const { directives } = (data as { __schema: { directives: { name: string }[] } }).__schema;

    expect(directives.find(({ name }) => name === 'defer')).toEqual({
      name: 'defer',
      locations: ['FRAGMENT_SPREAD', 'INLINE_FRAGMENT'],
      args: [
        { name: 'if', defaultValue: 'true', type: { kind: 'NON_NULL' } },
        { name: 'label', defaultValue: null, type: { kind: 'SCALAR' } },
      ],
    });
  });

  it.each([
    ['a label from a variable', 'query ($l: String) { item(id: 1) { ... @defer(label: $l) { id } } }', 'must be a static string'],
    ['a label twice', '{ item(id: 1) { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }', 'must be unique'],
    ['the root of a mutation', 'mutation { ... @defer { rename(id: 1, name: "n") { id } } }', 'root mutation type "Mutation"'],
    ['a subscription', 'subscription { renamed { id ... @defer { name } } }', 'cannot be used in a subscription'],
    ['the root of a subscription', 'subscription { ... @defer(if: true) { renamed { id } } }', 'root subscription type'],
    ['a field', '{ item(id: 1) @defer { id } }', 'may not be used on FIELD'],
    ['@stream', '{ items @stream { id } }', 'not supported: remove @stream'],
  ])('and refused: %s', (_title, query, message) => {
    const prepared = graph.engine.prepare({ query });

    expect('refusal' in prepared && prepared.refusal.errors.map((error) => error.message).join()).toContain(message);
  });

  it.each([
    ['the root of a mutation when it is off', 'mutation { ... @defer(if: false) { rename(id: 1, name: "n") { id } } }'],
    ['a subscription when it may be off', 'subscription ($d: Boolean!) { renamed { id ... @defer(if: $d) { name } } }'],
    [
      'one fragment in two places',
      '{ a: item(id: 1) { ...F } b: item(id: 2) { ...F } } fragment F on Item { id ... @defer(label: "x") { name } }',
    ],
  ])('and allowed: %s', (_title, query) => {
    expect(graph.engine.prepare({ query })).toHaveProperty('operation');
  });
});
