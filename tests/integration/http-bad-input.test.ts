import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

let server: TransportServer;
beforeAll(async () => {
  server = await startTransports();
});
afterAll(async () => server.stop());
afterEach(async () => {
  expect((await post('{"query":"{ hello }"}')).json).toEqual({ data: { hello: 'hello world' } }); // whatever came, the next one is served
});

interface Reply {
  readonly status: number;
  readonly json: {
    readonly data?: unknown;
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  };
}

async function post(
  body: string | Uint8Array | undefined,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Reply> {
  const response = await fetch(server.url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, json: (await response.json()) as Reply['json'] };
}

const refusal = async (
  body: string | Uint8Array | undefined,
  headers?: Record<string, string>,
): Promise<[number, string | undefined, string | undefined]> => {
  const { status, json } = await post(body, headers);
  expect('data' in json).toBe(false);
  return [status, json.errors?.[0]?.extensions.code, json.errors?.[0]?.message];
};
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Sends bytes as they are and collects the answer until the other side closes. */
function sendRaw(
  head: string,
  body: (write: (chunk: Buffer) => boolean) => void = () => undefined,
): Promise<{ text: string; error: string | undefined; sent: number }> {
  return new Promise((resolve) => {
    let text = '';
    let sent = 0;
    let error: string | undefined;
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', (cause) => (error = cause.message));
    socket.on('close', () => resolve({ text, error, sent }));
    socket.write(head, () =>
      body((chunk) => {
        sent += chunk.length;
        return socket.writable && socket.write(chunk);
      }),
    );
    socket.on('end', () => socket.end());
  });
}

describe('a body that is no GraphQL request', () => {
  it.each([
    ['no body', undefined, 'expected a JSON object with a query, got an empty body'],
    ['broken JSON', '{"query": "{ hello', 'expected the body to be JSON, got text that does not parse'],
    [
      'a list',
      '[{"query":"{ hello }"}]',
      'expected one request as an object, got a list: batching is not supported, send one request at a time',
    ],
    ['null', 'null', 'expected a JSON object with a query, got null'],
    ['a string', '"{ hello }"', 'expected a JSON object with a query, got a string'],
    ['no query', '{}', 'expected a query, got none'],
    ['a query that is no string', '{"query":{}}', 'expected query to be a string, got a object'],
    ['variables as text', '{"query":"{ hello }","variables":"{}"}', 'expected variables to be an object, got a string'],
    ['variables as a list', '{"query":"{ hello }","variables":[]}', 'expected variables to be an object, got a list'],
    ['extensions as a number', '{"query":"{ hello }","extensions":1}', 'expected extensions to be an object, got a number'],
    ['an operationName that is a number', '{"query":"{ hello }","operationName":1}', 'expected operationName to be a string, got a number'],
  ])('%s is 400 and says what was expected', async (_what, body, message) => {
    expect(await refusal(body)).toEqual([400, 'BAD_REQUEST', message]);
  });

  it('bytes that are no UTF-8 are 400', async () => {
    const body = Buffer.concat([Buffer.from('{"query":"{ hello(name: \\"'), Buffer.from([0xc3, 0x28]), Buffer.from('\\") }"}')]);

    expect(await refusal(body)).toEqual([400, 'BAD_REQUEST', 'expected the body to be UTF-8, got other bytes']);
  });

  it.each(['text/plain', 'application/xml', 'application/json; charset=latin1', 'application/graphql', 'nonsense', ''])(
    'content-type %s is 415',
    async (type) => {
      expect((await refusal(Buffer.from('{"query":"{ hello }"}'), type === '' ? {} : { 'content-type': type })).slice(0, 2)).toEqual([
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ]);
    },
  );

  it('a compressed body is 415', async () => {
    expect((await refusal('x', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).slice(0, 2)).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'content-type %s is fine',
    async (type) => {
      expect((await post('{"query":"{ hello }"}', { 'content-type': type })).status).toBe(200);
    },
  );
});

describe('a body that is too large', () => {
  it('30 MB are 413, and the client can read that', async () => {
    expect((await refusal(Buffer.alloc(30 * 1024 * 1024, 'x'))).slice(0, 2)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('is refused by its announced length before anything of it is read', async () => {
    const { text, error } = await sendRaw(
      `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 31457280\r\n\r\n`,
    );

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(error).toBeUndefined();
  });

  it('is refused at the limit when it comes in chunks without end', async () => {
    let pump: NodeJS.Timeout | undefined;
    const chunk = Buffer.from(`4000\r\n${'x'.repeat(0x4000)}\r\n`);

    const { text, sent } = await sendRaw(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      (write) => {
        pump = setInterval(() => write(chunk), 5);
      },
    );
    clearInterval(pump);

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(10_000_000);
  });

  it('one byte below the limit is served', async () => {
    const filler = ' '.repeat(100_000 - '{"query":"{ hello }"}'.length);

    expect((await post(`{"query":"{ hello }"}${filler}`)).status).toBe(200);
    expect((await post(`{"query":"{ hello }"}${filler} `)).status).toBe(413);
  });
});

describe('deep nesting', () => {
  it('of variables is 400', async () => {
    expect(await refusal(`{"query":"{ hello }","variables":${nested(1_000)}}`)).toEqual([
      400,
      'BAD_REQUEST',
      'expected variables to have at most 200 levels of nesting, got more',
    ]);
  });

  it('of 100,000 levels in variables, extensions, the body itself and what nobody knows is refused, and never a crash', async () => {
    await using large = await startTransports({ maxBodyBytes: 10_000_000 });
    const send = async (body: string): Promise<number> =>
      (await fetch(large.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status;

    expect(await send(`{"query":"{ hello }","variables":${nested(100_000)}}`)).toBe(400);
    expect(await send(`{"query":"{ hello }","extensions":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`)).toBe(400);
    expect(await send('['.repeat(100_000))).toBe(400);
    expect(await send(`{"query":"{ hello }","unknown":${nested(100_000)}}`)).toBe(400);
  });

  it('of a query that exhausts the parser is answered, not crashed on', async () => {
    const { status } = await post(JSON.stringify({ query: `{ a ${'{a'.repeat(40_000)}` }));

    expect([200, 400]).toContain(status);
  });
});

describe('names that JavaScript gives a meaning', () => {
  it.each([
    '{"query":"{ hello }","__proto__":{"query":"{ broken }"}}',
    '{"query":"{ hello }","constructor":{"prototype":{"x":1}}}',
    '{"query":"{ hello }","variables":{"__proto__":{"polluted":true},"constructor":1}}',
    '{"query":"{ hello }","extensions":{"__proto__":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}}',
  ])('%s is harmless', async (body) => {
    expect((await post(body)).json).toEqual({ data: { hello: 'hello world' } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('a query that comes only by way of a prototype is no query', async () => {
    expect((await refusal('{"__proto__":{"query":"{ hello }"}}')).slice(0, 2)).toEqual([400, 'BAD_REQUEST']);
  });

  it('as aliases they come back', async () => {
    const { json } = await post('{"query":"{ constructor: hello toString: hello }"}');

    expect(json.data).toEqual({ constructor: 'hello world', toString: 'hello world' });
  });
});

describe('odd GETs', () => {
  const get = (search: string): Promise<Response> => fetch(`${server.url}?${search}`);

  it.each([
    '',
    'query=',
    'query=%7Bhello%7D&query=%7Bbroken%7D',
    'query=%7Bhello%7D&variables=%7B',
    'query=%7Bhello%7D&variables=[]',
    'query=%7Bhello%7D&extensions=1',
  ])('?%s is 400', async (search) => {
    expect((await get(search)).status).toBe(400);
  });
});

describe('a client that breaks off', () => {
  it('in the middle of its body is forgotten', async () => {
    const { text } = await new Promise<{ text: string }>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
        socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":', () =>
          socket.destroy(),
        );
      });
      socket.on('close', () => resolve({ text: '' }));
    });

    expect(text).toBe('');
  });

  it('speaks no HTTP and is told so', async () => {
    const { text } = await sendRaw('\x16\x03\x01 hello\r\n\r\n');

    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });
});
