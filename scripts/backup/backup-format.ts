import { ConfigError } from '../../platform/foundation/errors.ts';
import type { ServiceName } from '../open-both-databases.ts';
import type { TableDescription } from './describe-tables.ts';

/** The first line of a backup. */
export interface BackupHeader {
  readonly format: typeof FORMAT;
  readonly service: ServiceName;
  /** When the one moment was that the backup shows. */
  readonly at: string;
  /** What the database had been migrated to, in this order. */
  readonly migrations: readonly string[];
}

/**
 * A backup is gzip of lines. The first is the header; then `T` and the description of a table, and `R` and a JSON array of the columns' texts for each of its
 * rows; the last is `E` and the number of rows, without which it is not whole.
 */
export const FORMAT = 'paygraph-backup-1';

export const TABLE = 'T';
export const ROW = 'R';
export const END = 'E';

/** @throws ConfigError it is no backup, or a newer program's */
export function parseHeader(line: string | undefined, file: string): BackupHeader {
  try {
    const header = JSON.parse(line ?? '') as BackupHeader;
    if (header.format === FORMAT) return header;
  } catch {
    // told below
  }
  throw new ConfigError([`${file} is no backup that this version can read: expected ${FORMAT}`]);
}

/** @throws ConfigError the line is damaged */
export function parseTable(line: string, file: string): TableDescription {
  try {
    return JSON.parse(line.slice(1)) as TableDescription;
  } catch (cause) {
    throw damaged(file, cause);
  }
}

export function damaged(file: string, cause?: unknown): ConfigError {
  return new ConfigError([`${file} is damaged or not whole`], { cause });
}
