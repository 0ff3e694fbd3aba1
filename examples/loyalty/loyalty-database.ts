import type { Kysely } from '../../platform/storage/database.ts';

/** The loyalty database. Statements here are SQL as PostgreSQL reads it: the query builder knows no table. */
export type LoyaltyDatabase = Kysely<Record<never, never>>;
