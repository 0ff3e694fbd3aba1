import { parseCloudEvent, type CloudEvent } from '../../../platform/messaging/messages.ts';
import type { Statement } from '../../../platform/storage/database.ts';

/** Errors that others have made in such systems. Each can be switched on in the test build alone; the suite must catch every one of them. */
export const DEFECTS = [
  'ack before commit',
  'publish before commit',
  'cursor from an identity column',
  'no de-duplication by payment id',
  'credit back not idempotent',
  'confirm not awaited',
  'relay without the advisory lock',
  'resume after the boundary',
] as const;

export type Defect = (typeof DEFECTS)[number];

interface Rewrite {
  readonly pattern: RegExp;
  readonly by: string;
}

/** Of the defects that are in what the services ask the database. */
const REWRITES: Partial<Record<Defect, Rewrite>> = {
  'no de-duplication by payment id': { pattern: /(insert into payments\b[^;]*?)on conflict \(id\) do nothing/, by: '$1' },
  'credit back not idempotent': {
    pattern: /(update payment_requests\b[^;]*?)\b(?:payment_requests\.)?status = 'PENDING' and /,
    by: '$1',
  },
  'resume after the boundary': { pattern: /outbox\.position <= (\$\d+)/, by: 'outbox.position < $1' },
};

/** What the defect's author would have had in the migrations: nothing that hides it, or what it stands on. Run by the service's database user. */
export const DEFECT_SCHEMAS: Partial<Record<Defect, { readonly database: 'users' | 'payments'; readonly sql: string }>> = {
  'cursor from an identity column': {
    database: 'payments',
    sql: `create sequence outbox_numbers; alter table outbox alter column position set default nextval('outbox_numbers')`,
  },
  'no de-duplication by payment id': {
    database: 'payments',
    sql: `
      drop trigger payment_is_booked on payments; drop trigger ledger_is_balanced on ledger_entries;
      alter table payments drop constraint payments_pkey cascade; alter table outbox drop constraint outbox_pkey`,
  },
  'relay without the advisory lock': {
    database: 'payments',
    // Each relay numbers the rows that no other relay has in hand: it looks as good, and it is faster.
    sql: `
      create sequence outbox_numbers;
      create or replace function outbox_give_positions(at_most integer) returns integer language plpgsql as $$
      declare given integer;
      begin
        with fresh as (select id from outbox where position is null order by created_at, id limit at_most for update skip locked)
        update outbox set position = nextval('outbox_numbers') from fresh where outbox.id = fresh.id;
        get diagnostics given = row_count;
        return given;
      end $$`,
  },
};

/** @returns the statement as the defect has it; the same object when it says nothing about it */
export function rewriteStatement(defect: Defect | undefined, statement: Statement): Statement {
  const rewrite = defect === undefined ? undefined : REWRITES[defect];
  if (!rewrite || !rewrite.pattern.test(statement.text)) return statement;
  return { ...statement, text: statement.text.replace(rewrite.pattern, rewrite.by) };
}

/** The events that a statement writes to the outbox, wherever they are in its values. */
export function findEvents(values: readonly unknown[]): CloudEvent<string, unknown>[] {
  return values.flatMap((value) => {
    if (Array.isArray(value)) return findEvents(value as unknown[]);
    if (typeof value !== 'string' || !value.includes('"specversion"')) return [];
    const parsed: unknown = JSON.parse(value);
    return (Array.isArray(parsed) ? parsed : [parsed]).map((item: unknown) => parseCloudEvent({ body: Buffer.from(JSON.stringify(item)) }));
  });
}
