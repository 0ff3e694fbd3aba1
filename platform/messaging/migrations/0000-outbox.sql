-- Messages that a service owes the broker, written in the same transaction as the change they tell of.
-- `insert into outbox (id, type, exchange, routing_key, mandatory, event, headers)` is all that a writer does; the relay does the rest.
create table outbox (
  id uuid primary key, -- the event's id
  type text not null, -- the event's type, for people
  exchange text not null,
  routing_key text not null,
  mandatory boolean not null default true, -- a queue must take it
  event jsonb not null, -- the CloudEvent, without its sequence
  headers jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),

  -- Given by the relay after the commit: 1, 2, 3 … without holes, and never a lower one after a higher one was seen.
  position bigint,
  published_at timestamptz,

  -- For a message that the broker did not take: the others do not wait for it.
  attempts integer not null default 0,
  retry_at timestamptz not null default now(),
  last_error text
);

create unique index outbox_position on outbox (position);
create index outbox_unpositioned on outbox (created_at, id) where position is null;
create index outbox_unpublished on outbox (position) where published_at is null and position is not null;

-- Gives the next positions to committed rows that have none, and says to how many. A function, so that no client can hold the lock for longer than the
-- statement takes. The lock is released after the commit, and the update sees everything that was committed before the lock was given: so whoever
-- reads by position never meets a lower one later. A sequence would not do, since its transactions commit out of order.
create function outbox_give_positions(at_most integer) returns integer
language plpgsql as $$
declare
  given integer;
begin
  perform pg_advisory_xact_lock(7368563); -- 'pos' in ASCII; nothing else in this database may take it
  with last as (select coalesce(max(position), 0) as position from outbox),
    fresh as (
      select id, row_number() over (order by created_at, id) as step
      from (select id, created_at from outbox where position is null order by created_at, id limit at_most) as oldest
    )
  update outbox set position = last.position + fresh.step from last, fresh where outbox.id = fresh.id;
  get diagnostics given = row_count;
  return given;
end
$$;
