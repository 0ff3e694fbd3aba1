-- An idempotency key is kept for a documented time, the payment or deposit for good. Programs before this one know keys of deposits as never null, and only
-- ever look for a key, so they can go on beside newer ones.
alter table deposits alter column idempotency_key drop not null;

-- One row. Up to where keys were looked at: an index over all keys by age would cost every payment something.
create table key_retention (
  only_row boolean primary key default true check (only_row),
  requests_up_to uuid not null default '00000000-0000-0000-0000-000000000000',
  deposits_up_to bigint not null default 0
);
insert into key_retention default values;
