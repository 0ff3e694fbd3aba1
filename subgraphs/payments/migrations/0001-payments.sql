-- Payments whose processing ended. The outcome's event lies in `outbox` under the same id.
create table payments (
  id uuid primary key,
  user_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  description text,
  status text not null check (status in ('PROCESSED', 'FAILED')),
  failure_reason text check ((status = 'FAILED') = (failure_reason is not null)),
  requested_at timestamptz not null,
  processed_at timestamptz not null
);

create index payments_by_time on payments (requested_at desc, id desc);
create index payments_by_user on payments (user_id, requested_at desc, id desc);
create index payments_failed on payments (requested_at desc, id desc) where status = 'FAILED';

-- The double-entry ledger. An account's balance is the sum of its entries.
create table ledger_entries (
  id bigint generated always as identity primary key,
  payment_id uuid not null references payments,
  account text not null,
  amount_minor bigint not null check (amount_minor <> 0),
  currency text not null,
  booked_at timestamptz not null default now()
);

create index ledger_entries_by_payment on ledger_entries (payment_id);
create index ledger_entries_by_account on ledger_entries (account, currency);

create view ledger_balances as
  select account, currency, sum(amount_minor) as balance_minor, count(*) as entries from ledger_entries group by account, currency;

-- Looked at once more when the transaction commits, so that no code, and no person at a prompt, can leave the ledger unbalanced.
create function check_booking() returns trigger language plpgsql as $$
declare
  payment payments;
  booked record;
begin
  select * into payment from payments where id = case tg_table_name when 'payments' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'payment_id' end::uuid;
  select count(*) as entries, coalesce(sum(amount_minor), 0) as total, coalesce(max(amount_minor), 0) as amount_minor, min(currency) as low, max(currency) as high
    into booked from ledger_entries where payment_id = payment.id;
  if booked.total <> 0 then
    raise exception 'the ledger entries of payment % sum to %, not to zero', payment.id, booked.total using errcode = 'check_violation';
  end if;
  if payment.status = 'FAILED' and booked.entries <> 0 then
    raise exception 'payment % failed and has ledger entries', payment.id using errcode = 'check_violation';
  end if;
  if payment.status = 'PROCESSED' and (booked.entries <> 2 or booked.amount_minor <> payment.amount_minor or booked.low <> payment.currency or booked.high <> payment.currency) then
    raise exception 'payment % must have two ledger entries of its amount and currency', payment.id using errcode = 'check_violation';
  end if;
  return null;
end $$;

create constraint trigger payment_is_booked after insert on payments deferrable initially deferred for each row execute function check_booking();
create constraint trigger ledger_is_balanced after insert on ledger_entries deferrable initially deferred for each row execute function check_booking();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is written once: it can be neither changed nor deleted', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger payments_are_final before update or delete on payments for each row execute function refuse_change();
create trigger payments_stay before truncate on payments for each statement execute function refuse_change();
create trigger ledger_entries_are_final before update or delete on ledger_entries for each row execute function refuse_change();
create trigger ledger_entries_stay before truncate on ledger_entries for each statement execute function refuse_change();

-- The outbox is the event log that subscriptions replay from, for all users or for one.
alter table outbox add column user_id text generated always as (event -> 'data' ->> 'userId') stored;
create index outbox_by_user on outbox (user_id, position);

-- One row. Replicas look here whether an operator has paused processing.
create table processing_control (
  only_row boolean primary key default true check (only_row),
  paused boolean not null default false
);
insert into processing_control default values;

-- One row. Tells the cursors of this database from those of another.
create table system_identity (
  only_row boolean primary key default true check (only_row),
  id uuid not null default gen_random_uuid()
);
insert into system_identity default values;
