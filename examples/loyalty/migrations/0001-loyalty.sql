-- One row for each processed payment, whether it earned points or was too small. The primary key makes every message harmless that comes twice.
create table earned_points (
  payment_id uuid primary key,
  user_id text not null,
  points integer not null check (points between 0 and 100000),
  earned_at timestamptz not null,
  -- The place in the stream of events. Given under a lock, so that whoever reads by position never meets a lower one later.
  position bigint not null unique
);

create sequence earned_points_position owned by earned_points.position;
create index earned_points_of_user on earned_points (user_id, earned_at desc, payment_id desc) include (points);
create index earned_points_stream_of_user on earned_points (user_id, position) where points > 0;

-- One row. How far the graph was read: a round begins with the newest event's cursor, then reads all older payments, then follows the events.
create table catch_up (
  only_row boolean primary key default true check (only_row),
  round integer not null default 0,
  -- Cursor of paymentProcessed: everything up to it is counted, once the history is read.
  events_after text,
  -- Cursor of the last page of payments that was counted.
  history_after text,
  history_read boolean not null default false
);
insert into catch_up default values;
