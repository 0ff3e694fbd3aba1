import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Broker, WireMessage } from '../../platform/messaging/broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentRequested } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE, PAYMENT_OUTCOMES, PAYMENT_REQUESTS, PAYMENT_TOPOLOGY } from '../../subgraphs/payment-topology.ts';
import { eventually } from './eventually.ts';
import { ask, post, refusalCode } from './graphql-client.ts';
import type { RunningSubgraph } from './subgraph-services.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';

/** Two replicas of payments over one database and one broker, and a stranger at the broker. */
export interface DeadLettersUnderTest extends AsyncDisposable {
  readonly replicas: readonly [RunningSubgraph, RunningSubgraph];
  readonly stranger: Broker;
  /** Asks their database. */
  readonly query: (text: string) => Promise<unknown[]>;
}

interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly type: string | null;
  readonly paymentId: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly firstFailedAt: string | null;
  readonly lastFailedAt: string | null;
  readonly payloadPreview: string;
  readonly payloadBytes: number;
}
interface Page {
  readonly deadLetters: {
    readonly edges: readonly { readonly cursor: string; readonly node: DeadLetter }[];
    readonly nodes: readonly DeadLetter[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
  };
}

const FIELDS = 'id queue type paymentId reason attempts firstFailedAt lastFailedAt payloadPreview payloadBytes';
const LIST = `query ($first: Int, $after: String) { deadLetters(first: $first, after: $after) {
  edges { cursor node { ${FIELDS} } } nodes { ${FIELDS} } pageInfo { hasNextPage hasPreviousPage endCursor }
} }`;
const DISCARD =
  'mutation ($id: ID!, $reason: String!, $by: String) { discardDeadLetter(id: $id, reason: $reason, by: $by) { deadLettered } }';
const DISCARDED = `query ($first: Int, $after: String) { discardedDeadLetters(first: $first, after: $after) {
  nodes { discardedAt discardedBy reason queue parkedReason attempts payloadPreview payloadBytes } pageInfo { hasNextPage endCursor }
} }`;
const REDRIVE_ONE = 'mutation ($id: ID!) { redriveDeadLetter(id: $id) { paused waiting deadLettered } }';

/** What an operator can do with messages that were set aside; the same on every broker. One system for all tests: each leaves it as it found it. */
export function describeDeadLetters(name: string, open: () => Promise<DeadLettersUnderTest>): void {
  describe(`messages that were set aside, on ${name}`, () => {
    let system: DeadLettersUnderTest;
    let processedBefore: number;
    beforeAll(async () => {
      system = await open();
      await eventually(() => system.stranger.connected);
      await system.stranger.declare(PAYMENT_TOPOLOGY);
    }, 60_000);
    afterAll(async () => {
      await system?.[Symbol.asyncDispose](); // without it the failed start is what to read
    }, 30_000);
    beforeEach(async () => {
      processedBefore = await countAllProcessed();
    });
    afterEach(async () => {
      await ask(url(), 'mutation { resumeProcessing { paused } }');
      await eventually(async () => (await system.query('select from outbox where published_at is null')).length === 0);
      for (const queue of [PAYMENT_REQUESTS.parking.queue, PAYMENT_OUTCOMES.parking.queue, PAYMENT_OUTCOMES.queue]) await empty(queue);
      await system.query('alter table if exists away rename to discarded_dead_letters'); // where a test put it
      await system.query(
        'set session_replication_role = replica; truncate discarded_dead_letters; set session_replication_role = origin', // the triggers keep it
      );
    }, 30_000);

    const empty = async (queue: string): Promise<void> => {
      if ((await system.stranger.countMessages(queue)) === 0) return;
      const consumer = await system.stranger.consume(queue, { prefetch: 100, onDelivery: (delivery) => delivery.ack() });
      await eventually(async () => (await system.stranger.countMessages(queue)) === 0);
      await consumer.stop(Date.now() + 1_000);
    };
    const countAllProcessed = async (): Promise<number> => (await system.query('select from payments')).length;

    const url = (replica = 0): string => system.replicas[replica]?.url ?? '';
    const list = async (variables: { first?: number; after?: string | null } = {}, replica = 0): Promise<Page['deadLetters']> =>
      (await ask<Page>(url(replica), LIST, variables)).deadLetters;
    const countParked = async (replica = 0): Promise<number> =>
      (await ask<{ processing: { deadLettered: number } }>(url(replica), '{ processing { deadLettered } }')).processing.deadLettered;
    const publish = (message: WireMessage): Promise<void> =>
      publishUntilAccepted(system.stranger, COMMANDS_EXCHANGE, 'payment.requested.v1', message, { mandatory: true });
    const park = (message: WireMessage, queue = PAYMENT_REQUESTS.parking.queue): Promise<void> =>
      publishUntilAccepted(system.stranger, '', queue, message, { mandatory: true });
    const countProcessed = async (): Promise<number> => (await countAllProcessed()) - processedBefore;

    it('poison is listed with why, when, how often, and what it says', async () => {
      const before = Date.now();
      await publish(toPoison('{"half": '));
      await eventually(async () => (await countParked()) === 1);

      const [letter] = (await list()).nodes;

      expect(letter).toEqual({
        id: expect.any(String),
        queue: 'payments.requested',
        type: null,
        paymentId: null,
        reason: expect.stringMatching(/^MESSAGE_MALFORMED: the message is not JSON/),
        attempts: 1,
        firstFailedAt: expect.any(String),
        lastFailedAt: expect.any(String),
        payloadPreview: '{"half": ',
        payloadBytes: 9,
      });
      expect(Date.parse(letter?.lastFailedAt ?? '')).toBeGreaterThanOrEqual(before);
      expect(await countParked()).toBe(1);
    });

    it('a message that can be read is listed with its type and its payment', async () => {
      const paymentId = randomUUID();
      const known = toRequest(paymentId);
      await publish(known);
      await eventually(async () => (await countProcessed()) === 1);
      await publish({ ...known, body: Buffer.from(known.body.toString().replace('"1.00"', '"2.00"')) });
      await eventually(async () => (await countParked()) === 1);

      expect((await list()).nodes).toMatchObject([
        { type: 'payment.requested.v1', paymentId, reason: expect.stringMatching(/^MESSAGE_CONTRADICTS: /) },
      ]);
    });

    it('what RabbitMQ set aside itself says so, with the time', async () => {
      for (const replica of [0, 1]) await ask(url(replica), 'mutation { pauseProcessing { paused } }');
      await publish(toRequest(randomUUID()));
      const dying = await system.stranger.consume(PAYMENT_REQUESTS.queue, { prefetch: 1, onDelivery: (delivery) => delivery.requeue() });
      await eventually(async () => (await countParked()) === 1, 10_000);
      await dying.stop(Date.now() + 1_000);

      const [letter] = (await list()).nodes;
      await ask(url(), 'mutation { resumeProcessing { paused } }');
      await ask(url(), REDRIVE_ONE, { id: letter?.id });

      expect(letter).toMatchObject({ reason: expect.stringMatching(/^DELIVERY_LIMIT: /), lastFailedAt: expect.stringMatching(/^20\d\d-/) });
      await eventually(async () => (await countProcessed()) === 1);
      expect(await countParked()).toBe(0);
    });

    it('what is no readable text, too long, or meant to deceive is shown safely', async () => {
      await publish(toPoison(Buffer.from([0, 27, 91, 255, 65])));
      await publish(toPoison('x'.repeat(50_000)));
      await publish(toPoison('gpj.\u202Eexe.bill\r\n\u0007'));
      await eventually(async () => (await countParked()) === 3);

      const { nodes } = await list();

      expect(new Set(nodes.map((node) => node.payloadPreview))).toEqual(
        new Set(['\uFFFD\uFFFD[\uFFFDA', `${'x'.repeat(1_000)}…`, 'gpj.\uFFFDexe.bill\n\uFFFD']),
      );
      expect(nodes.map((node) => node.payloadBytes).sort((a, b) => a - b)).toEqual([5, 18, 50_000]);
    });

    it('the headers of a stranger cannot break the list', async () => {
      const strange = {
        'x-reason': { not: 'text' },
        'x-parked-at': 'yesterday',
        'x-first-failed-at': 12,
        'x-death': ['?', 1],
        'x-attempt': 'many',
      };
      await park({ ...toPoison('a'), headers: strange });
      await park({ ...toPoison('b'), headers: { 'x-death': [{ reason: 'toString', time: 'never' }] } });

      const { nodes } = await eventually(async () => {
        const page = await list();
        return page.nodes.length === 2 ? page : undefined;
      });

      for (const node of nodes)
        expect(node).toMatchObject({ reason: expect.stringMatching(/^UNKNOWN: /), attempts: 1, lastFailedAt: null });
    });

    it('pages through both queues in the order they were set aside, each once, while others come and go', async () => {
      for (let number = 0; number < 7; number += 1) await park(toParked(number), number % 2 ? PAYMENT_OUTCOMES.parking.queue : undefined);
      await eventually(async () => (await countParked()) === 7);
      const seen: string[] = [];

      let after: string | null = null;
      for (let page = 0; ; page += 1) {
        const { nodes, edges, pageInfo }: Page['deadLetters'] = await list({ first: 3, after }, page % 2);
        seen.push(...nodes.map((node) => node.payloadPreview));
        expect(edges.map(({ node }) => node)).toEqual(nodes);
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        if (page === 0) {
          await ask(url(), REDRIVE_ONE, { id: nodes[2]?.id }); // the very one that the cursor points at
          await park(toParked(7));
          await eventually(async () => (await countParked()) === 8); // poison 2 is back, as the last
        }
        after = pageInfo.endCursor;
        if (!pageInfo.hasNextPage) break;
      }

      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 2].map((number) => `poison ${number}`));
    });

    it('ids and order stay the same from look to look and from replica to replica', async () => {
      for (let number = 0; number < 60; number += 1) await park(toParked(number));
      await eventually(async () => (await countParked()) === 60);

      const looks = [];
      for (let look = 0; look < 4; look += 1) looks.push((await list({ first: 100 }, look % 2)).nodes.map((node) => node.id));

      expect(new Set(looks[0]).size).toBe(60);
      for (const look of looks) expect(look).toEqual(looks[0]);
    });

    it('one message is sent back and processed; the others stay where they are', async () => {
      const ids = [randomUUID(), randomUUID(), randomUUID()];
      for (const [index, id] of ids.entries()) await park({ ...toRequest(id), headers: toHeaders(index) });
      await eventually(async () => (await countParked()) === 3);
      const { nodes } = await list();

      const { redriveDeadLetter: state } = await ask<{ redriveDeadLetter: object }>(url(), REDRIVE_ONE, { id: nodes[1]?.id });

      expect(state).toMatchObject({ paused: false, deadLettered: 2 });
      await eventually(async () => (await ask<{ payment: unknown }>(url(), `{ payment(id: "${ids[1]}") { id } }`)).payment);
      expect((await list()).nodes.map((node) => node.paymentId)).toEqual([ids[0], ids[2]]);
      expect(await countProcessed()).toBe(1);
    });

    it('an outcome that users could not take goes back to users', async () => {
      await park(toPoison('for users'), PAYMENT_OUTCOMES.parking.queue);
      await eventually(async () => (await countParked()) === 1);
      const [letter] = (await list()).nodes;

      await ask(url(), REDRIVE_ONE, { id: letter?.id });

      expect(letter?.queue).toBe('users.payment-outcomes');
      await eventually(async () => (await system.stranger.countMessages(PAYMENT_OUTCOMES.queue)) === 1);
      expect(await countParked()).toBe(0);
    });

    it('one is thrown away with a reason, once it was recorded whole', async () => {
      const strange = { 'x-reason': 'MESSAGE_MALFORMED: \u0007', 'x-attempt': 2, note: 'a\u0000b', deep: { list: [1, 'two'] } };
      await park({ ...toPoison(Buffer.from([0, 255, 65])), messageId: 'm1', headers: strange });
      await park(toParked(1));
      await eventually(async () => (await countParked()) === 2);
      const letter = (await list()).nodes.find(({ payloadBytes }) => payloadBytes === 3);
      const variables = { id: letter?.id, reason: 'a test message of the partner', by: 'Ana' };

      const { discardDeadLetter: state } = await ask<{ discardDeadLetter: object }>(url(), DISCARD, variables);

      expect(state).toMatchObject({ deadLettered: 1 });
      expect((await list()).nodes.map((node) => node.payloadPreview)).toEqual(['poison 1']);
      expect(await refusalCode(url(1), DISCARD, variables)).toBe('DEAD_LETTER_NOT_FOUND');
      const { discardedDeadLetters } = await ask<{ discardedDeadLetters: { nodes: unknown[] } }>(url(1), DISCARDED, {});
      expect(discardedDeadLetters.nodes).toEqual([
        {
          discardedAt: expect.stringMatching(/^20/),
          discardedBy: 'Ana',
          reason: 'a test message of the partner',
          queue: 'payments.requested',
          parkedReason: letter?.reason,
          attempts: 2,
          payloadPreview: '\uFFFD\uFFFDA',
          payloadBytes: 3,
        },
      ]);
      const kept = await system.query('select body, properties, headers, request_id from discarded_dead_letters');
      expect(kept).toEqual([
        {
          body: Buffer.from([0, 255, 65]),
          properties: expect.objectContaining({ messageId: 'm1' }),
          headers: expect.objectContaining({ note: 'a\u0000b', deep: { list: [1, 'two'] } }),
          request_id: expect.any(String),
        },
      ]);
      await expect(system.query('delete from discarded_dead_letters')).rejects.toThrow(/can be neither changed nor deleted/);
    });

    it('those that were thrown away are listed in pages, newest first', async () => {
      for (let number = 0; number < 3; number += 1) await park(toParked(number));
      await eventually(async () => (await countParked()) === 3);
      for (const { id } of (await list()).nodes) await ask(url(), DISCARD, { id, reason: 'old' });

      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const {
          discardedDeadLetters: page,
        }: { discardedDeadLetters: { nodes: { payloadPreview: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } =
          await ask(url(), DISCARDED, { first: 2, after });
        seen.push(...page.nodes.map((node) => node.payloadPreview));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }

      expect(seen).toEqual(['poison 2', 'poison 1', 'poison 0']);
    });

    it('is not thrown away without a reason, and stays when it cannot be recorded', async () => {
      await park(toParked(1));
      await eventually(async () => (await countParked()) === 1);
      const { nodes } = await list();
      for (const reason of ['', '  x'.repeat(400), 'a\u0000b'])
        expect(await refusalCode(url(), DISCARD, { id: nodes[0]?.id, reason })).toBe('BAD_USER_INPUT');
      await system.query('alter table discarded_dead_letters rename to away');

      const refused = await refusalCode(url(), DISCARD, { id: nodes[0]?.id, reason: 'good enough' });

      expect(refused).toEqual(expect.any(String));
      expect(await countParked()).toBe(1);
      expect((await list()).nodes).toEqual(nodes);
    });

    it('poison that is sent back comes back under a new id', async () => {
      await publish(toPoison('poison'));
      await eventually(async () => (await countParked()) === 1);
      const [before] = (await list()).nodes;

      await ask(url(), REDRIVE_ONE, { id: before?.id });
      const [after] = await eventually(async () => {
        const { nodes } = await list();
        return nodes.length === 1 ? nodes : undefined;
      });

      expect(after?.payloadPreview).toBe('poison');
      expect(after?.id).not.toBe(before?.id);
      expect(await refusalCode(url(), REDRIVE_ONE, { id: before?.id })).toBe('DEAD_LETTER_NOT_FOUND');
    });

    it('an unknown id is refused, and nothing moves', async () => {
      await park(toParked(1));
      await eventually(async () => (await countParked()) === 1);

      for (const id of [
        '',
        'nonsense',
        'payments.parking:',
        'payments.parking:AAAAAAAAAAAAAAAAAAAAAA',
        'users.parking:x~2',
        'x'.repeat(10_000),
      ]) {
        const answer = await post(url(), REDRIVE_ONE, { id });
        expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND', field: 'id' });
      }

      expect(await countParked()).toBe(1);
    });

    it('a page size or a cursor that is none is BAD_USER_INPUT', async () => {
      const ofAnotherList = Buffer.from(JSON.stringify(['payments', '1', 'x'])).toString('base64url');
      for (const variables of [{ first: 0 }, { first: 101 }, { after: 'nonsense' }, { after: ofAnotherList }])
        expect(await refusalCode(url(), LIST, variables)).toBe('BAD_USER_INPUT');
    });

    it('messages that are the same in everything have ids of their own, and each is sent back once', async () => {
      const twin = { ...toRequest(randomUUID()), headers: toHeaders(0) };
      for (let copy = 0; copy < 3; copy += 1) await park(twin);
      await eventually(async () => (await countParked()) === 3);
      const { nodes } = await list();

      await ask(url(), REDRIVE_ONE, { id: nodes[2]?.id });

      expect(new Set(nodes.map((node) => node.id)).size).toBe(3);
      expect(await countParked()).toBe(2);
    });

    it('while operators look, count and re-drive on both replicas, nothing is lost, doubled or miscounted', async () => {
      const ids = Array.from({ length: 40 }, () => randomUUID());
      for (const [index, id] of ids.entries()) await park({ ...toRequest(id), headers: toHeaders(index) });
      await eventually(async () => (await countParked()) === 40);
      const { nodes } = await list({ first: 100 });
      const singles = nodes.slice(10, 20).map((node) => node.id);

      const counts: number[] = [];
      const looking = Promise.all(
        [0, 1, 0, 1].map(async (replica) => {
          for (let look = 0; look < 4; look += 1) {
            expect((await list({ first: 100 }, replica)).nodes.length).toBeGreaterThanOrEqual(30);
            counts.push(await countParked(replica));
          }
        }),
      );
      const redriving = Promise.all(
        singles.flatMap((id) =>
          [0, 1].map((replica) => post(url(replica), REDRIVE_ONE, { id }).then(({ errors }) => errors?.[0]?.extensions?.code ?? 'moved')),
        ),
      );
      const [outcomes] = await Promise.all([redriving, looking]);

      expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(10);
      expect(outcomes.filter((outcome) => outcome === 'DEAD_LETTER_NOT_FOUND')).toHaveLength(10);
      for (const count of counts) expect(count).toBeGreaterThanOrEqual(30);
      expect(await countParked(1)).toBe(30);
      await Promise.all([0, 1].map((replica) => ask(url(replica), 'mutation { redriveDeadLetters(limit: 15) { paused } }')));
      expect(await countParked()).toBe(0);
      await eventually(async () => (await countProcessed()) === 40, 15_000);
      expect((await list()).nodes).toEqual([]);
    }, 40_000);
  });
}

function toPoison(body: string | Buffer): WireMessage {
  return {
    body: Buffer.from(body),
    contentType: 'text/plain',
    messageId: '',
    correlationId: '',
    type: '',
    timestamp: 0,
    appId: '',
    headers: {},
  };
}

function toParked(number: number): WireMessage {
  return { ...toPoison(`poison ${number}`), headers: toHeaders(number) };
}

/** As a consumer parks: later numbers later. */
function toHeaders(number: number): Record<string, unknown> {
  return { 'x-reason': 'MESSAGE_MALFORMED: poison', 'x-attempt': 1, 'x-parked-at': new Date(1_700_000_000_000 + number).toISOString() };
}

function toRequest(paymentId: string): WireMessage {
  return toWireMessage(
    paymentRequested({ paymentId, userId: '1', amountMinor: 100n, currency: 'MXN', description: null, requestedAt: new Date() }),
  );
}
