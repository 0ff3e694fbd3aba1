import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import type { Kysely } from '../../platform/storage/database.ts';

/** The users database. Statements here are SQL as PostgreSQL reads it; only the platform's outbox is known to the query builder. */
export type UsersDatabase = Kysely<OutboxSchema>;
