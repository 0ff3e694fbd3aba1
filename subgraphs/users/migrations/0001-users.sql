create table users (
  id bigint generated always as identity primary key,
  name text not null,
  currency text not null,
  opening_balance_minor bigint not null check (opening_balance_minor >= 0),
  balance_minor bigint not null check (balance_minor >= 0),
  created_at timestamptz not null default now()
);

create table deposits (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  amount_minor bigint not null check (amount_minor > 0),
  idempotency_key text not null,
  created_at timestamptz not null default now(),
  unique (user_id, idempotency_key)
);

-- Accepted payments. The request's event lies in `outbox` under the same id.
create table payment_requests (
  id uuid primary key,
  user_id bigint not null references users,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  description text,
  idempotency_key text,
  status text not null default 'PENDING' check (status in ('PENDING', 'PROCESSED', 'FAILED')),
  failure_reason text,
  requested_at timestamptz not null,
  processed_at timestamptz,
  -- When to send the request again if its outcome is still unknown then, and how often that has been done.
  republish_at timestamptz not null,
  republish_count integer not null default 0,
  unique (user_id, idempotency_key),
  check ((status = 'PENDING') = (processed_at is null)),
  check ((status = 'FAILED') = (failure_reason is not null))
);

create index payment_requests_pending on payment_requests (user_id, requested_at desc, id desc) where status = 'PENDING';
create index payment_requests_republish on payment_requests (republish_at) where status = 'PENDING';

-- Somebody to try things with.
insert into users (name, currency, opening_balance_minor, balance_minor) values ('Willis', 'MXN', 50000, 50000), ('Ana', 'MXN', 70000, 70000);
