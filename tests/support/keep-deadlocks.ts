import { queryServer } from './postgres.ts';

/**
 * From the next connection on, who waits for each other in a circle waits for longer than any test may take. Otherwise PostgreSQL undoes one of them after a
 * second, our code repeats it, and no test sees that there was a deadlock.
 */
export function keepDeadlocks(databaseUrl: string): Promise<void> {
  return queryServer(
    `do $$ begin execute format('alter database %I set deadlock_timeout = ''10min''', current_database()); end $$`,
    databaseUrl,
  );
}
