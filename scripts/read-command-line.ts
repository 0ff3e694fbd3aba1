import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: boolean; options: O & { help: { type: 'boolean'; short: 'h' } } }>
>;

/**
 * Reads a script's command line. `--help` or `-h` prints the help and exits with 0; an option or a word that the script does not take is
 * told in one line, and the exit code is 2.
 * @param config.positionals how many words besides the options it takes at most; default 0
 */
export function readCommandLine<const O extends Options>(
  help: string,
  config: { readonly options?: O; readonly positionals?: number; readonly args?: readonly string[] } = {},
): Read<O> {
  const { options = {} as O, positionals: most = 0, args = process.argv.slice(2) } = config;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    const read = parseArgs({ args: [...args], allowPositionals: true, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (read.positionals.length > most) return refuse(`Unexpected argument '${read.positionals[most]}'`);
    return read as Read<O>;
  } catch (error) {
    return refuse((error instanceof Error ? error.message : String(error)).split(/\. |\n/, 1)[0] ?? '');
  }
}

/** One line about a command line that is wrong, and exit code 2. */
export function refuse(problem: string): never {
  process.stderr.write(`${problem}; try --help\n`);
  process.exit(2);
}
