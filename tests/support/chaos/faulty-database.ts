import type { Statement, StatementSeam } from '../../../platform/storage/database.ts';
import { rewriteStatement, type Defect } from './defects.ts';
import type { Failpoints } from './failpoints.ts';
import { nameStatement } from './name-statement.ts';

export interface FaultyDatabaseOptions {
  readonly failpoints: Failpoints;
  readonly defect: Defect | undefined;
  /** What the server is to have answered instead of doing it, now; undefined: nothing. */
  readonly nextError: () => Error | undefined;
  /** Told of each statement that accepts payments before it is sent, and waited for. */
  readonly beforePay?: (statement: Statement) => Promise<void>;
  readonly onRewritten: () => void;
}

/**
 * The way between a service and its database, with failpoints around each commit of a named statement. A statement that is a transaction of its own is put
 * into an explicit one when its point `open` is armed.
 */
export function createFaultyDatabase({ failpoints, defect, nextError, beforePay, onRewritten }: FaultyDatabaseOptions): StatementSeam {
  const transactions = new WeakMap<object, Set<string>>();
  const visitAll = async (names: Iterable<string>, where: string): Promise<void> => {
    for (const name of names) await failpoints.visit(`${name}: ${where}`);
  };
  const failNow = (): void => {
    const error = nextError();
    if (error) throw error;
  };

  return async (original, send, connection) => {
    const statement = rewriteStatement(defect, original);
    if (statement !== original) onRewritten();
    const within = transactions.get(connection);
    switch (statement.text) {
      case 'begin':
        transactions.set(connection, new Set());
        return send(statement);
      case 'rollback':
        transactions.delete(connection);
        return send(statement);
      case 'commit': {
        if (within && within.size > 0) failNow();
        await visitAll(within ?? [], 'open');
        const result = await send(statement);
        transactions.delete(connection);
        await visitAll(within ?? [], 'committed');
        return result;
      }
    }
    const names = nameStatement(statement);
    if (names.length === 0) return send(statement);
    failNow();
    await visitAll(names, 'before');
    if (names.includes('pay')) await beforePay?.(statement);
    if (within) {
      for (const name of names) within.add(name);
      return send(statement);
    }
    if (!names.some((name) => failpoints.isArmed(`${name}: open`))) {
      const result = await send(statement);
      await visitAll(names, 'committed');
      return result;
    }
    await send({ text: 'begin', values: [] });
    try {
      const result = await send(statement);
      await visitAll(names, 'open');
      await send({ text: 'commit', values: [] });
      await visitAll(names, 'committed');
      return result;
    } catch (error) {
      await send({ text: 'rollback', values: [] });
      throw error;
    }
  };
}
