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
