-- Messages that an operator threw away, whole: who, when, why, and what they were. Kept for good, and written once.
create table discarded_dead_letters (
  id bigint generated always as identity primary key,
  discarded_at timestamptz not null default now(),
  discarded_by text, -- as they call themselves: there is no authentication yet
  reason text not null,
  request_id text not null, -- of the request that discarded it, as in the log
  letter_id text not null, -- while it lay in the parking queue
  queue text not null, -- whose consumer could not handle it
  parked_reason text not null,
  attempts integer not null,
  first_failed_at timestamptz,
  last_failed_at timestamptz,
  type text,
  subject text,
  body bytea not null,
  properties json not null, -- json, since jsonb takes no U+0000
  headers json not null
);

create trigger discarded_dead_letters_are_final before update or delete on discarded_dead_letters for each row execute function refuse_change();
create trigger discarded_dead_letters_stay before truncate on discarded_dead_letters for each statement execute function refuse_change();
