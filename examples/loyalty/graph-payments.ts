import * as z from 'zod';
import { DependencyError, ProtocolError } from '../../platform/foundation/errors.ts';
import { parseCurrency, parseDecimal, toMinorUnits } from '../../subgraphs/money.ts';
import type { ProcessedPayment } from './count-points.ts';
import type { GraphClient, GraphResult } from './graph-client.ts';

/** One event of `paymentProcessed`. A payment that failed earns nothing, and its cursor counts all the same. */
export interface PaymentEvent {
  readonly cursor: string;
  readonly payment: ProcessedPayment | undefined;
}

export interface PaymentHistoryPage {
  readonly payments: readonly ProcessedPayment[];
  /** Where the next page begins; null on an empty page. */
  readonly endCursor: string | null;
  readonly last: boolean;
}

/**
 * Payments as the graph tells of them: everything here is public, any client could ask for it.
 * All throw DependencyError GRAPH_UNAVAILABLE when the graph, or payments behind it, does not answer; ProtocolError GRAPH_REFUSED when it refuses the
 * place to go on from: the cursor has expired, or belongs to another database; MESSAGE_MALFORMED when it answers something else than we asked for.
 */
export interface GraphPayments {
  /** The newest event's cursor. What is processed from now on comes behind it, and what was processed before stands in the history. */
  newestCursor(signal: AbortSignal): Promise<string>;
  /** Processed payments, newest first. @param after where the last page ended; null: from the newest */
  readHistory(after: string | null, signal: AbortSignal): Promise<PaymentHistoryPage>;
  /** Events behind a cursor, then live; ends when the gateway ends it. */
  follow(after: string, signal: AbortSignal): AsyncGenerator<PaymentEvent, void>;
}

const PAYMENT = 'id status processedAt amount { amount currency } user { id }';
const NEWEST = '{ paymentEventsCursor }';
const HISTORY = `query ($after: String) { payments(status: PROCESSED, first: 100, after: $after) { nodes { ${PAYMENT} } pageInfo { endCursor hasNextPage } } }`;
const EVENTS = `subscription ($after: String!) { paymentProcessed(after: $after) { cursor payment { ${PAYMENT} } } }`;

const paymentShape = z.object({
  id: z.uuid(),
  status: z.enum(['PROCESSED', 'FAILED']),
  processedAt: z.iso.datetime({ offset: true }),
  amount: z.object({ amount: z.string(), currency: z.string() }),
  user: z.object({ id: z.string().min(1) }),
});
const newestShape = z.object({ paymentEventsCursor: z.string().min(1) });
const historyShape = z.object({
  payments: z.object({
    nodes: z.array(paymentShape),
    pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
  }),
});
const eventShape = z.object({ paymentProcessed: z.object({ cursor: z.string().min(1), payment: paymentShape }) });

export function createGraphPayments(client: GraphClient): GraphPayments {
  return {
    newestCursor: async (signal) => toData(await client.query(NEWEST, {}, signal), newestShape).paymentEventsCursor,
    async readHistory(after, signal) {
      const { nodes, pageInfo } = toData(await client.query(HISTORY, { after }, signal), historyShape).payments;
      return {
        payments: nodes.flatMap((node) => toProcessedPayment(node) ?? []),
        endCursor: pageInfo.endCursor,
        last: !pageInfo.hasNextPage,
      };
    },
    async *follow(after, signal) {
      for await (const result of client.subscribe(EVENTS, { after }, signal)) {
        const { cursor, payment } = toData(result, eventShape).paymentProcessed;
        yield { cursor, payment: toProcessedPayment(payment) };
      }
    },
  };
}

function toProcessedPayment({ id, status, processedAt, amount, user }: z.infer<typeof paymentShape>): ProcessedPayment | undefined {
  if (status !== 'PROCESSED') return undefined;
  const currency = parseCurrency(amount.currency, 'currency');
  return {
    paymentId: id,
    userId: user.id,
    amountMinor: toMinorUnits(parseDecimal(amount.amount, 'amount'), currency, 'amount'),
    currency,
    processedAt: new Date(processedAt),
  };
}

function toData<Data>({ data, errors }: GraphResult, shape: z.ZodType<Data>): Data {
  const [error] = errors ?? [];
  if (error) {
    const code = error.extensions?.['code'];
    if (code === 'CURSOR_EXPIRED' || (code === 'BAD_USER_INPUT' && error.extensions?.['field'] === 'after'))
      throw new ProtocolError('GRAPH_REFUSED', error.message);
    throw new DependencyError('GRAPH_UNAVAILABLE', 'gateway', `the graph answers ${String(code)}: ${error.message}`);
  }
  const result = shape.safeParse(data);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new ProtocolError('MESSAGE_MALFORMED', `the graph answers something else than it was asked for: ${problems}`);
}
