import { pino } from 'pino';
import type { Logger } from '../../platform/foundation/logger.ts';

/** A logger whose lines a test can read: `level: message`. */
export function createRecordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (text: string): void => {
    const { level, msg } = JSON.parse(text) as { level: number; msg: string };
    lines.push(`${pino.levels.labels[level]}: ${msg}`);
  };
  return { logger: pino({ level: 'info' }, { write }), lines };
}
