-- Idempotency keys of payments that were refused because the balance did not cover them. A client that was told so may pay in another way: a request with the
-- same key that was sent before, and comes late, must not be accepted then.
create table refused_keys (
  user_id bigint not null references users,
  idempotency_key text not null,
  amount_minor bigint not null,
  currency text not null,
  description text,
  refused_at timestamptz not null default now(),
  primary key (user_id, idempotency_key)
);
create index refused_keys_by_age on refused_keys (refused_at);

-- Who accepts and who refuses hold the payer's row, so one of them comes second; but a statement that waited for that row still sees the other tables as they
-- were when it began. A trigger's own statement sees them as they are. Programs before this one take it for the same key at the same moment.
create function refuse_refused_keys() returns trigger language plpgsql as $$
begin
  if exists (select from refused_keys where user_id = new.user_id and idempotency_key = new.idempotency_key) then
    raise exception 'the idempotency key % of user % stands for a payment that was refused', new.idempotency_key, new.user_id
      using errcode = 'unique_violation';
  end if;
  return new;
end
$$;
create trigger payment_requests_not_refused before insert on payment_requests
  for each row when (new.idempotency_key is not null) execute function refuse_refused_keys();
