import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadSupergraphSdl } from '../gateway/supergraph/load-supergraph.ts';
import { createLogger } from '../platform/foundation/logger.ts';
import { explainStartFailure } from '../platform/foundation/run-process.ts';

const HELP = `npm run compose [-- --supergraph FILE] [--output FILE]

Composes the subgraphs of a supergraph.yaml (default: SUPERGRAPH, else supergraph.yaml) into one supergraph SDL (default:
schema/supergraph.graphql, - for standard output), or prints every composition error with file and line and exits with 1.
`;

const { values } = parseArgs({
  options: {
    supergraph: { type: 'string' },
    output: { type: 'string', default: 'schema/supergraph.graphql' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) process.stdout.write(HELP);
else await compose(values.supergraph ?? (process.env.SUPERGRAPH || 'supergraph.yaml'), values.output);

async function compose(file: string, output: string): Promise<void> {
  const logger = createLogger('compose', { level: 'warn', format: 'text' });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    const sdl = await loadSupergraphSdl({ file, env: process.env, logger, signal: stop.signal });
    if (output === '-') {
      process.stdout.write(sdl);
    } else {
      await writeFile(output, sdl);
      process.stdout.write(`${file} → ${output}, ${sdl.split('\n').length} lines\n`);
    }
  } catch (error) {
    process.stderr.write(explainStartFailure(error).replace('cannot start', 'cannot compose'));
    process.exitCode = 1;
  }
}
