import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { describeOpenapi } from '../../../../gateway/rest/openapi.ts';
import { createRoutes } from '../../../../gateway/rest/rest-routes.ts';
import { toStoredOperation } from '../../../../gateway/rest/stored-operation.ts';

const schema = buildSchema(`
  directive @query(name: String!) on FIELD
  enum Size { SMALL "Very large." LARGE }
  scalar Money
  interface Thing { id: ID! }
  type Book implements Thing { id: ID! title: String! pages: Int }
  type Film implements Thing { id: ID! minutes: Int! cast: [String!] }
  union Found = Book | Film
  input OrderInput { "What." id: ID! "How many." count: Int = 1 parts: [OrderInput!] }
  type Order { id: ID! size: Size price: Money! }
  type Query { thing("Which one." id: ID!): Thing  found(sizes: [Size!]): [Found!]!  search(by: OrderInput): Order }
  type Mutation { order(order: OrderInput!): Order }
  type Subscription { ordered(after: String): Order }
`);
const read = (text: string): ReturnType<typeof toStoredOperation> => toStoredOperation({ file: 'f.graphql', text }, schema);
const problemsOf = (text: string): readonly string[] => {
  const read_ = read(text);
  return 'problems' in read_ ? read_.problems : [];
};

describe('a stored operation', () => {
  it('is handed to the engine without what is meant for REST', () => {
    const operation = read(
      `"Told." query Thing("Mine." $id: ID! @header(name: "X-Thing")) @rest(method: GET, path: "/thing", result: "thing") { thing(id: $id) { id } }`,
    );

    expect(operation).toMatchObject({
      id: 'Thing',
      description: 'Told.',
      query: 'query Thing($id: ID!) {\n  thing(id: $id) {\n    id\n  }\n}',
      inputs: [{ variable: 'id', required: true, description: 'Mine.', sources: [{ in: 'header', name: 'X-Thing' }] }],
    });
  });

  it.each([
    [
      'a mutation by GET',
      'mutation @rest(method: GET, path: "/a") { order(order: { id: 1 }) { id } }',
      'method: a mutation changes something and cannot be a GET',
    ],
    ['a query by DELETE', 'query @rest(method: DELETE, path: "/a") { found { __typename } }', 'method: a query changes nothing'],
    ['a path without a slash', 'query @rest(method: GET, path: "a") { found { __typename } }', 'path: expected segments'],
    ['a path with a star', 'query @rest(method: GET, path: "/a/*") { found { __typename } }', 'path: expected segments'],
    ['our own path', 'query @rest(method: GET, path: "/openapi.json") { found { __typename } }', '/openapi.json is taken'],
    [
      'a variable that does not exist',
      'query @rest(method: GET, path: "/{id}") { found { __typename } }',
      '{id} in the path is no variable of the operation',
    ],
    [
      'an object in the query string',
      'query ($by: OrderInput) @rest(method: GET, path: "/a") { search(by: $by) { id } }',
      '$by is OrderInput, which text cannot say',
    ],
    [
      'a body by GET',
      'query ($by: OrderInput @body) @rest(method: GET, path: "/a") { search(by: $by) { id } }',
      '$by cannot come from the body of a GET',
    ],
    [
      'a list in a path',
      'query ($s: [Size!]!) @rest(method: GET, path: "/{s}") { found(sizes: $s) { __typename } }',
      '$s is a list, which cannot stand in a path',
    ],
    [
      'a result that is not selected',
      'query @rest(method: GET, path: "/a", result: "search.size") { search { id } }',
      'result: size is not selected in Order',
    ],
    [
      'a location that is not in the answer',
      'mutation @rest(method: POST, path: "/a", result: "order", location: "/{nr}") { order(order: { id: 1 }) { id } }',
      'location: nr is not selected in Order',
    ],
    [
      'an event id that is an object',
      'subscription @rest(method: GET, path: "/a", eventId: "ordered") { ordered { id } }',
      'eventId: ordered is an object',
    ],
    [
      'an event that is ours',
      'subscription @rest(method: GET, path: "/a", event: "problem") { ordered { id } }',
      'event: problem is what the stream says',
    ],
    [
      'a status of no error',
      'query @rest(method: GET, path: "/a", statuses: { NONE: 200 }) { found { __typename } }',
      'statuses: expected a status from 400 to 599 for NONE, got 200',
    ],
    [
      'an argument that does not exist',
      'query @rest(method: GET, path: "/a", stauts: 201) { found { __typename } }',
      'Unknown argument "stauts" on directive "@rest". Did you mean "status"',
    ],
    ['no method', 'query @rest(path: "/a") { found { __typename } }', 'argument "method" of type "rest__Method!" is required'],
    [
      'two operations',
      'query A @rest(method: GET, path: "/a") { found { __typename } } query B { found { __typename } }',
      'expected one operation',
    ],
    ['only fragments', 'fragment A on Order { id }', 'Fragment "A" is never used'],
  ])('is refused with %s', (_what, text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
    expect(problemsOf(text).every((line) => line.startsWith('f.graphql'))).toBe(true);
  });

  it('has its method and path to itself, and its name', () => {
    const file = (name: string, operation: string, path: string): { file: string; text: string } => ({
      file: name,
      text: `query ${operation}($id: ID!) @rest(method: GET, path: "${path}") { thing(id: $id) { id } }`,
    });

    const { problems } = createRoutes(
      [file('a', 'A', '/things/{id}'), file('b', 'B', '/things/{id}'), file('c', 'A', '/other/{id}')],
      schema,
    );

    expect(problems).toEqual(['b: GET /things/{id} is taken by a', 'c: the operation name A is taken by a']);
  });
});

describe('OpenAPI of stored operations', () => {
  const { routes } = createRoutes(
    [
      {
        file: 'thing.graphql',
        text: `query Thing($id: ID!, $long: Boolean = false) @rest(method: GET, path: "/things/{id}", result: "thing", notFound: "none") {
          thing(id: $id) { kind: __typename ...B ... on Film @include(if: $long) { minutes } id } }
          fragment B on Book { name: title pages }`,
      },
      {
        file: 'order.graphql',
        text: 'mutation Order($order: OrderInput! @body) @rest(method: POST, path: "/orders", result: "order") { order(order: $order) { id size price } }',
      },
      {
        file: 'find.graphql',
        text: 'query Find($sizes: [Size!] = [LARGE]) @rest(method: GET, path: "/found", result: "found") { found(sizes: $sizes) { ... on Film { cast } } }',
      },
    ],
    schema,
  );
  const document = JSON.parse(describeOpenapi(routes.operations, '/rest')) as {
    paths: Record<
      string,
      Record<
        string,
        { parameters: unknown; requestBody: unknown; responses: Record<string, { content: Record<string, { schema: unknown }> }> }
      >
    >;
    components: { schemas: Record<string, unknown> };
  };
  const answerOf = (path: string, method: string): unknown =>
    document.paths[path]?.[method]?.responses['200']?.content['application/json']?.schema;

  it('says what each possible type of an interface looks like, with aliases, fragments and conditions', () => {
    expect(answerOf('/things/{id}', 'get')).toEqual({
      anyOf: [
        {
          title: 'Book',
          type: 'object',
          properties: {
            kind: { const: 'Book' },
            name: { type: 'string' },
            pages: expect.objectContaining({ type: ['integer', 'null'] }),
            id: { type: 'string' },
          },
          required: ['kind', 'name', 'pages', 'id'],
        },
        {
          title: 'Film',
          type: 'object',
          properties: { kind: { const: 'Film' }, minutes: expect.objectContaining({ type: 'integer' }), id: { type: 'string' } },
          required: ['kind', 'id'],
        },
      ],
    });
  });

  it('says which answers may be null', () => {
    expect(answerOf('/orders', 'post')).toEqual({
      title: 'Order',
      type: ['object', 'null'],
      properties: {
        id: { type: 'string' },
        size: { anyOf: [{ $ref: '#/components/schemas/Size' }, { type: 'null' }] },
        price: { $ref: '#/components/schemas/Money' },
      },
      required: ['id', 'size', 'price'],
    });
  });

  it('describes parameters by the arguments that they are for, with their defaults', () => {
    expect(document.paths['/things/{id}']?.['get']?.parameters).toEqual([
      { name: 'id', in: 'path', required: true, description: 'Which one.', schema: { type: 'string' } },
      { name: 'long', in: 'query', required: false, schema: { type: 'boolean', default: false } },
    ]);
    expect(document.paths['/found']?.['get']?.parameters).toEqual([
      {
        name: 'sizes',
        in: 'query',
        required: false,
        schema: { type: 'array', items: { $ref: '#/components/schemas/Size' }, default: ['LARGE'] },
      },
    ]);
  });

  it('names enums, scalars and input objects once, also those that hold themselves', () => {
    expect(document.paths['/orders']?.['post']?.requestBody).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OrderInput' } } },
    });
    expect(document.components.schemas).toMatchObject({
      Size: { type: 'string', enum: ['SMALL', 'LARGE'], description: '- `SMALL`\n- `LARGE`: Very large.' },
      Money: { title: 'Money' },
      OrderInput: {
        type: 'object',
        required: ['id'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', description: 'What.' },
          count: { type: ['integer', 'null'], default: 1, description: 'How many.' },
          parts: { type: ['array', 'null'], items: { $ref: '#/components/schemas/OrderInput' } },
        },
      },
    });
  });
});
