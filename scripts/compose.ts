import { writeFile } from 'node:fs/promises';
import { ConfigError, toMessage } from '../platform/foundation/errors.ts';
import { createLogger } from '../platform/foundation/logger.ts';
import { explainStartFailure } from '../platform/foundation/run-process.ts';
import { readCommandLine, refuse } from './read-command-line.ts';
import { createFileWatch } from './watch-files.ts';

const HELP = `npm run compose [-- --supergraph FILE] [--output FILE] [--watch] [--wait SECONDS] [--include-tags A,B] [--exclude-tags A,B]

Composes the subgraphs of a supergraph.yaml into one supergraph SDL, or prints every composition error with file and line, and what to do.
What composes but could be better is printed as a hint.

  --supergraph FILE   what to compose                                         SUPERGRAPH, else supergraph.yaml
  --output FILE       where the result goes; - for standard output            schema/supergraph.graphql
  --exclude-tags A,B  a contract: what has one of these @tag names is hidden from clients
  --include-tags A,B  a contract: of objects and interfaces only fields are shown that have one of these, or whose type has
  --wait SECONDS      how long a subgraph that is asked for its schema (subgraph_url) may take to be there   30
  --watch             composes again whenever the supergraph.yaml or one of its schema files changes, until Ctrl-C;
                      errors leave the last good output as it is

Exit codes: 0 composed, 1 it does not compose, 2 wrong usage.
`;

const { values } = readCommandLine(HELP, {
  options: {
    supergraph: { type: 'string' },
    output: { type: 'string', default: 'schema/supergraph.graphql' },
    watch: { type: 'boolean', default: false },
    wait: { type: 'string', default: '30' },
    'include-tags': { type: 'string', default: '' },
    'exclude-tags': { type: 'string', default: '' },
  },
});
const file = values.supergraph ?? (process.env.SUPERGRAPH || 'supergraph.yaml');
const contract = { include: tagsIn(values['include-tags']), exclude: tagsIn(values['exclude-tags']) };
const waitMs = Number(values.wait) * 1_000;
if (!(waitMs > 0 && waitMs <= 3_600_000)) refuse(`--wait takes seconds, from above 0 to 3600, not '${values.wait}'`);
const { applyContract } = await import('../gateway/supergraph/apply-contract.ts'); // a second, which --help need not wait for
const { loadSupergraph } = await import('../gateway/supergraph/load-supergraph.ts');
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
const notes = values.output === '-' ? process.stderr : process.stdout;
let written: string | undefined;

if (values.watch) await composeAndWatch();
else process.exitCode = (await compose()) ? 0 : 1;

/** @returns whether it composed */
async function compose(onFiles: (files: readonly string[]) => void = () => undefined): Promise<boolean> {
  const logger = createLogger('compose', { level: 'info', format: 'text' }); // to standard error: what is waited for
  try {
    const { sdl, hints } = await loadSupergraph({
      file,
      env: process.env,
      logger,
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(waitMs)]),
      onFiles: (files) => onFiles([...files.values()]),
    });
    for (const hint of hints) notes.write(`hint: ${hint}\n`);
    await write(contract.include.length + contract.exclude.length > 0 ? applyContract(sdl, contract) : sdl);
    return true;
  } catch (error) {
    if (!stopping.signal.aborted) process.stderr.write(explainStartFailure(error).replace('cannot start', 'cannot compose'));
    return false;
  }
}

async function write(sdl: string): Promise<void> {
  const { output } = values;
  if (sdl === written) return void notes.write(`${file} → ${output}, as before\n`);
  if (output === '-') {
    process.stdout.write(sdl);
  } else {
    await writeFile(output, sdl).catch((error: unknown) => {
      throw new ConfigError([`${output} cannot be written: ${toMessage(error)}`], { cause: error });
    });
    notes.write(`${file} → ${output}, ${sdl.split('\n').length} lines\n`);
  }
  written = sdl;
}

async function composeAndWatch(): Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const composeNext = (): void => {
    running = running.then(() => (stopping.signal.aborted ? false : compose((files) => watch.watch([file, ...files]))));
  };
  const watch = createFileWatch({
    onChange: composeNext,
    onReady: () => notes.write('watching; Ctrl-C ends it\n'),
  });
  watch.watch([file]);
  composeNext();
  await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
  await watch.stop(Date.now() + 1_000);
  await running;
}

function tagsIn(text: string): string[] {
  return text.split(',').flatMap((tag) => tag.trim() || []);
}
