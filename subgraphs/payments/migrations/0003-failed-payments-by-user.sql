-- A user's failed payments, without going through all the others of that user.
create index payments_failed_by_user on payments (user_id, requested_at desc, id desc) where status = 'FAILED';
