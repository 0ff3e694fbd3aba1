import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../platform/foundation/run-process.ts';
import { createProgress } from './progress.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run dev [-- --client-port N] [--no-client]

Like npm start, for somebody who changes the code: saving a file reloads the service that it belongs to, and nothing is lost in the databases.
A file that does not load or does not compose is told with its place, and what ran before goes on. Saving an .graphql file of schema/ also writes
schema/supergraph.graphql and the generated types anew. The web client is served by Vite and changes in place.

  --client-port N   where the web client is served                     5173
  --no-client       without the web client

Settings are environment variables, as for npm start. Ctrl-C stops everything.
`;

const { values } = readCommandLine(HELP, {
  options: { 'client-port': { type: 'string', default: '5173' }, 'no-client': { type: 'boolean', default: false } },
});
const clientPort = Number(values['client-port']);
if (!/^\d{1,5}$/.test(values['client-port']) || clientPort > 65_535)
  refuse(`--client-port ${values['client-port']} is no port: expected 0 to 65535`);

const { createDevSystem } = await import('./dev/dev-system.ts'); // a second, which --help need not wait for
const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
if (existsSync('.env')) process.loadEnvFile('.env');
const startedAt = Date.now();
const progress = createProgress(process.stdout);
process.on('exit', progress.done);
await runProcess(
  (env) =>
    createDevSystem(env, {
      root,
      clientPort: values['no-client'] ? undefined : clientPort,
      onStep: progress.step,
      say: (line) => void process.stdout.write(`${line}\n`),
      onReady(rows) {
        progress.done();
        const width = Math.max(...rows.map(([name]) => name.length));
        const table = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
        process.stdout.write(
          `\npaygraph is ready for changes, ${((Date.now() - startedAt) / 1000).toFixed(1)} s after its start\n\n${table}\n\nSave a file to reload its service. Ctrl-C stops everything.\n`,
        );
      },
    }),
  process.env,
);
