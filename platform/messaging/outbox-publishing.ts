import { backoffDelayMs } from '../foundation/backoff.ts';
import { toCode, toMessage } from '../foundation/errors.ts';
import { inTransaction, sql, type Kysely, type Transaction } from '../storage/database.ts';
import type { Broker } from './broker.ts';
import { toWireMessage, type CloudEvent } from './messages.ts';
import type { OutboxSchema } from './outbox.ts';

export interface BatchResult {
  /** Rows that were looked at. */
  readonly size: number;
  readonly published: number;
  /** Rows that the broker did not take. */
  readonly refused: readonly RefusedRow[];
  /** Set when the broker could not be used: the rest of the batch waits as it was. */
  readonly unavailable: unknown;
}

interface RefusedRow {
  readonly id: string;
  readonly type: string;
  readonly attempts: number;
  readonly error: unknown;
}

interface Row {
  readonly id: string;
  readonly type: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly mandatory: boolean;
  readonly event: CloudEvent<string, unknown>;
  readonly headers: Record<string, unknown>;
  readonly position: bigint;
  readonly attempts: number;
}

/**
 * Publishes the next rows by position, all in flight at once, and marks those that were confirmed. The rows are locked meanwhile; another
 * relay passes them by. Takes as long as the slowest confirm.
 */
export async function publishBatch<Schema extends OutboxSchema>(db: Kysely<Schema>, broker: Broker, limit: number): Promise<BatchResult> {
  return inTransaction(db, async (trx) => {
    const rows = await claimRows(trx, limit);
    const outcomes = await Promise.all(rows.map((row) => publishRow(broker, row)));

    const refused = outcomes.filter(({ error }) => error !== undefined && !isOutage(error));
    const published = outcomes.filter(({ error }) => error === undefined);
    if (published.length > 0)
      await markPublished(
        trx,
        published.map(({ row }) => row.id),
      );
    for (const { row, error } of refused) await postpone(trx, row, error);
    return {
      size: rows.length,
      published: published.length,
      refused: refused.map(({ row, error }) => ({ id: row.id, type: row.type, attempts: row.attempts + 1, error })),
      unavailable: outcomes.find(({ error }) => isOutage(error))?.error,
    };
  });
}

async function claimRows<Schema extends OutboxSchema>(trx: Transaction<Schema>, limit: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select id, type, exchange, routing_key, mandatory, event, headers, position, attempts from outbox
    where published_at is null and position is not null and retry_at <= now()
    order by position limit ${limit} for update skip locked`.execute(trx);
  return rows;
}

async function publishRow(broker: Broker, row: Row): Promise<{ row: Row; error: unknown }> {
  try {
    const message = toWireMessage({ ...row.event, sequence: String(row.position) }, { 'x-attempt': 1, ...row.headers });
    await broker.publish(row.exchange, row.routing_key, message, { mandatory: row.mandatory });
    return { row, error: undefined };
  } catch (error) {
    return { row, error };
  }
}

function isOutage(error: unknown): boolean {
  return toCode(error) === 'BROKER_UNAVAILABLE';
}

async function markPublished<Schema extends OutboxSchema>(trx: Transaction<Schema>, ids: readonly string[]): Promise<void> {
  // A mark that a crash of the database forgets costs a duplicate, so nobody waits for the disk here.
  await sql`
    with fast as (select set_config('synchronous_commit', 'off', true))
    update outbox set published_at = now(), last_error = null from fast where id = any(${ids}::uuid[])`.execute(trx);
}

async function postpone<Schema extends OutboxSchema>(trx: Transaction<Schema>, row: Row, error: unknown): Promise<void> {
  const waitMs = backoffDelayMs(row.attempts, { initialMs: 1_000, maxMs: 30_000 });
  await sql`
    update outbox set attempts = attempts + 1, retry_at = now() + ${waitMs} * interval '1 millisecond', last_error = ${toMessage(error)}
    where id = ${row.id}`.execute(trx);
}
