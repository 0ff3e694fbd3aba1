-- Every payment changes its payer's balance and nothing that is indexed: with room on the page the new version stays there (HOT), and the index is not touched.
-- Pages that are full already get room as they are vacuumed; `vacuum full users`, in a quiet hour, gives it to all at once.
alter table users set (fillfactor = 90);
