-- The server does not know how few rows the function asks for, and takes a tenth of the backlog: it then reads the whole outbox for each batch. With
-- nested loops alone it looks each row up by its id.
alter function outbox_give_positions(integer) set enable_seqscan = off;
alter function outbox_give_positions(integer) set enable_hashjoin = off;
alter function outbox_give_positions(integer) set enable_mergejoin = off;
