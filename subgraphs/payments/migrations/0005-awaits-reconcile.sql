-- Set by a restore: until reconcile has told what users knows, a request may be one that was decided in the lost time, and deciding it anew might end otherwise.
alter table processing_control add column awaits_reconcile boolean not null default false;
