/**
 * A process that owns an embedded PostgreSQL, to be killed. `node postgres-owner.mjs FOLDER`:
 * prints one line of JSON, `{"pid", "url"}` or `{"code", "message"}`, and stops on SIGTERM.
 */
import { createLogger } from '../../platform/foundation/logger.ts';
import { toCode, toMessage } from '../../platform/foundation/errors.ts';
import { startEmbeddedPostgres } from '../../platform/storage/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const logger = createLogger('postgres-owner', { level: 'info', format: 'text' });
try {
  const server = await startEmbeddedPostgres({ dataDir, databases: ['shop', "it's"], logger, onProgress: (step) => logger.info(step) });
  process.stdout.write(`${JSON.stringify({ pid: server.pid, url: server.urlOf('shop') })}\n`);
  process.on('SIGTERM', () => void server.stop(Date.now() + 4_000).then(() => process.exit(0)));
} catch (error) {
  process.stdout.write(`${JSON.stringify({ code: toCode(error), message: toMessage(error) })}\n`);
  process.exitCode = 1;
}
