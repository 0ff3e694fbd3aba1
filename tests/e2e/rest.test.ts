import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { pause } from '../../platform/foundation/backoff.ts';
import { eventually } from '../support/eventually.ts';
import { callRest, readEvents, type RestAnswer } from '../support/rest-client.ts';
import { createRestContract, type RestContract } from '../support/rest-contract.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';

interface Payment {
  readonly id: string;
  readonly status: string;
}

/** Our operations, asked as somebody asks who has only curl. */
describe('REST of the running system', () => {
  const stack: AsyncDisposable[] = [];
  let users: ServiceProcess;
  let gateway: ServiceProcess;
  let contract: RestContract;
  let keys = 0;

  beforeAll(async () => {
    const [usersDatabase, paymentsDatabase, vhost] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('payments'),
      createTestVhost(),
    ]);
    stack.push(usersDatabase, paymentsDatabase, vhost);
    users = createServiceProcess('users', ['start-service', 'users'], 'USERS_PORT', {
      AMQP_URL: vhost.url,
      USERS_DATABASE_URL: usersDatabase.url,
    });
    const payments = createServiceProcess('payments', ['start-service', 'payments'], 'PAYMENTS_PORT', {
      AMQP_URL: vhost.url,
      PAYMENTS_DATABASE_URL: paymentsDatabase.url,
    });
    stack.push(users, payments);
    await Promise.all([users.start(), payments.start()]);
    gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', { USERS_URL: users.url, PAYMENTS_URL: payments.url });
    stack.push(gateway);
    await gateway.start();
    contract = createRestContract((await callRest(base(), 'GET', '/openapi.json')).body);
  }, 90_000);
  afterAll(async () => {
    for (const resource of stack.reverse()) await resource[Symbol.asyncDispose]();
  }, 30_000);

  const base = (): string => `${new URL(gateway.url).origin}/rest`;
  /** Calls, and holds the answer to the OpenAPI document. */
  const call = async (
    method: string,
    template: string,
    path = template,
    options: Parameters<typeof callRest>[3] = {},
  ): Promise<RestAnswer> => {
    const answer = await callRest(base(), method, path, options);
    contract.check(method, template, answer);
    return answer;
  };
  const codeOf = ({ status, body }: RestAnswer): unknown[] => [status, (body as { code?: unknown }).code];
  const PAY = '/users/{id}/payments';
  const pay = (userId: string, body: object, key = `key ${(keys += 1)}`): Promise<RestAnswer> =>
    call('POST', PAY, `/users/${userId}/payments`, { body, headers: { 'idempotency-key': key } });

  it('pays, and follows Location until the payment is processed', async () => {
    const before = await call('GET', '/users/{id}', '/users/1');
    const paid = await pay('1', { amount: '25.00', description: 'coffee' });

    expect(before.body).toMatchObject({ id: '1', name: 'Willis', balance: { amount: '500.00', currency: 'MXN' } });
    const { id } = paid.body as Payment;
    expect([paid.status, paid.body]).toEqual([
      202,
      expect.objectContaining({ id, status: 'PENDING', amount: { amount: '25.00', currency: 'MXN' }, user: { id: '1' } }),
    ]);
    expect(paid.headers.get('location')).toBe(`/rest/payments/${id}`);
    const origin = new URL(gateway.url).origin;
    const processed = await eventually(async () => {
      const answer = await callRest(origin, 'GET', paid.headers.get('location') ?? '');
      contract.check('GET', '/payments/{id}', answer);
      if (answer.status === 404) expect(answer.headers.get('retry-after')).toBe('1');
      return (answer.body as Payment).status === 'PROCESSED' ? answer.body : undefined;
    });
    expect(processed).toMatchObject({ id, description: 'coffee', processedAt: expect.any(String) as unknown, failureReason: null });
    expect((await call('GET', '/users/{id}', '/users/1')).body).toMatchObject({ balance: { amount: '475.00' } });
  });

  it('lists payments page by page, and by status', async () => {
    for (const amount of ['1.00', '2.00']) await pay('2', { amount });
    const list = async (
      query: string,
    ): Promise<{ nodes: readonly (Payment & { amount: { amount: string } })[]; pageInfo: { endCursor: string; hasNextPage: boolean } }> =>
      (await call('GET', PAY, `/users/2/payments${query}`)).body as never;
    await eventually(async () => (await list('?status=PROCESSED')).nodes.length === 2);

    const first = await list('?first=1');
    const second = await list(`?first=1&after=${encodeURIComponent(first.pageInfo.endCursor)}`);

    expect([first, second].map(({ nodes, pageInfo }) => [nodes.map(({ amount }) => amount.amount), pageInfo.hasNextPage])).toEqual([
      [['2.00'], true],
      [['1.00'], false],
    ]);
    expect((await list('?status=FAILED')).nodes).toEqual([]);
    expect((await call('GET', PAY, '/users/2/payments?status=DONE')).body).toMatchObject({
      status: 400,
      detail: 'parameter status must be one of PENDING, PROCESSED, FAILED; got "DONE"',
    });
    expect(codeOf(await call('GET', PAY, '/users/2/payments?first=0'))).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('the same key and body is the same payment, another body is 409, no key is 400', async () => {
    const [one, two] = [await pay('1', { amount: '1.00' }, 'same'), await pay('1', { amount: '1.00' }, 'same')];
    const keyless = await call('POST', PAY, '/users/1/payments', { body: { amount: '1.00' } });

    expect((two.body as Payment).id).toBe((one.body as Payment).id);
    expect(codeOf(await pay('1', { amount: '2.00' }, 'same'))).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(keyless.body).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
      detail: 'header Idempotency-Key is required',
      errors: [{ parameter: 'Idempotency-Key' }],
    });
  });

  it('refusals of the business are 404 and 422, bad input is 400, and nothing is taken', async () => {
    expect(codeOf(await pay('1', { amount: '5000.00' }))).toEqual([422, 'INSUFFICIENT_FUNDS']);
    expect(codeOf(await pay('1', { amount: '1.00', currency: 'EUR' }))).toEqual([422, 'CURRENCY_MISMATCH']);
    expect(codeOf(await pay('4711', { amount: '1.00' }))).toEqual([404, 'USER_NOT_FOUND']);
    expect(codeOf(await pay('1', { amount: '1.001' }))).toEqual([400, 'BAD_USER_INPUT']);
    expect(codeOf(await pay('1', { amount: 1.5 }))).toEqual([400, 'BAD_USER_INPUT']);
    expect((await pay('1', { amount: null, descripton: 'x' })).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '#/descripton' }, { pointer: '#/amount' }],
    });
    expect(codeOf(await call('GET', '/users/{id}', '/users/4711'))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await call('GET', PAY, '/users/4711/payments'))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await call('GET', '/payments/{id}', '/payments/4711'))).toEqual([404, 'NOT_FOUND']);
    expect((await call('GET', '/users/{id}', '/users/1')).body).toMatchObject({ balance: { amount: '474.00' } });
  });

  it('pauses and resumes', async () => {
    expect((await call('POST', '/processing/pause')).body).toMatchObject({ paused: true });
    const paid = await pay('1', { amount: '1.00' });
    const { id } = paid.body as Payment;
    const waiting = await eventually(async () => ((await call('POST', '/processing/pause')).body as { waiting: number }).waiting === 1);
    const meanwhile = await call('GET', '/payments/{id}', `/payments/${id}`);

    expect([paid.status, waiting, meanwhile.status]).toEqual([202, true, 404]);
    expect((await call('POST', '/processing/resume')).body).toMatchObject({ paused: false });
    await eventually(async () => ((await call('GET', '/payments/{id}', `/payments/${id}`)).body as Payment).status === 'PROCESSED');
  });

  it('events continue behind Last-Event-ID over a restart of the gateway, without a gap or a repeat', async () => {
    const seen: string[] = [];
    let lastId = '';
    const left = new AbortController();
    const watch = async (): Promise<void> => {
      while (!left.signal.aborted) {
        const url = `${base()}/payments/events?userId=1`;
        try {
          for await (const { id, event, data } of readEvents(url, lastId === '' ? {} : { 'last-event-id': lastId }, left.signal)) {
            if (event !== 'payment' || id === undefined) continue;
            contract.checkEvent('/payments/events', data);
            lastId = id;
            seen.push((data as { payment: Payment }).payment.id);
          }
        } catch {
          await pause(200); // the gateway is away
        }
      }
    };
    const watching = watch();
    await using _watcher = {
      async [Symbol.asyncDispose]() {
        left.abort();
        await watching;
      },
    };
    const accepted: string[] = [];
    const payMany = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) accepted.push(((await pay('1', { amount: '1.00' })).body as Payment).id);
    };
    await eventually(
      async () => {
        await payMany(1);
        return seen.length > 0;
      },
      15_000,
      200,
    );
    const from = accepted.indexOf(seen[0] ?? '');

    await payMany(3);
    await gateway.kill('SIGKILL');
    await gateway.start();
    await payMany(3);
    await gateway.kill('SIGTERM');
    await gateway.start();
    await payMany(3);

    await eventually(() => seen.length >= accepted.length - from, 20_000);
    expect([...seen].sort()).toEqual(accepted.slice(from).sort());
  }, 150_000);

  it('a cursor that is none is refused with a status', async () => {
    const answer = await call('GET', '/payments/events', '/payments/events?after=yesterday');

    expect(codeOf(answer)).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('users is stopped: 503 with Retry-After; payments alone is still answered', async () => {
    const { id } = (await pay('1', { amount: '1.00' })).body as Payment;
    await eventually(async () => (await call('GET', '/payments/{id}', `/payments/${id}`)).status === 200);
    await users.kill('SIGTERM');

    const answers = [
      await call('GET', '/users/{id}', '/users/1'),
      await call('GET', PAY, '/users/1/payments'),
      await pay('1', { amount: '1.00' }),
    ];

    expect(answers.map((answer) => [...codeOf(answer), answer.headers.get('retry-after')])).toEqual([
      [503, 'SUBGRAPH_UNAVAILABLE', '1'],
      [503, 'SUBGRAPH_UNAVAILABLE', '1'],
      [503, 'SUBGRAPH_UNAVAILABLE', '1'],
    ]);
    expect((await call('GET', '/payments/{id}', `/payments/${id}`)).status).toBe(200);
    await users.start();
  }, 40_000);

  it('is described by a valid OpenAPI 3.1 document that says what the operations say', async () => {
    const { document } = contract;
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(
      Object.entries(document.paths)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
        .sort(),
    ).toEqual([
      'get /payments/events',
      'get /payments/{id}',
      'get /users/{id}',
      'get /users/{id}/payments',
      'post /processing/pause',
      'post /processing/resume',
      'post /users/{id}/payments',
    ]);
    expect(document.paths[PAY]).toMatchObject({
      post: {
        operationId: 'Pay',
        parameters: expect.arrayContaining([expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true })]) as unknown,
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { required: ['amount'], properties: { amount: { description: 'How much, above zero.' } } } },
          },
        },
        responses: {
          202: { headers: { Location: expect.anything() as unknown } },
          409: expect.anything() as unknown,
          422: expect.anything() as unknown,
        },
      },
    });
    expect(document.components.schemas).toMatchObject({
      PaymentStatus: { enum: ['PENDING', 'PROCESSED', 'FAILED'] },
      Decimal: { title: 'Decimal' },
    });
  });
});
