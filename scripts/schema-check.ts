import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../platform/foundation/errors.ts';
import { readCommandLine, refuse } from './read-command-line.ts';
import { findGitCommit } from './schema-check/git-commit.ts';
import { reportAnnotations, reportJson, reportText } from './schema-check/report.ts';
import type { SchemaVersion } from './schema-check/schema-version.ts';

const HELP = `npm run schema:check -- --against REF_OR_FILE [--operations GLOB]... [--supergraph FILE] [--json | --annotations]

Compares the schema as it is now with an earlier one: breaking, dangerous and safe changes, in each subgraph and in the supergraph that clients see.

  --against REF_OR_FILE   a git ref (its supergraph.yaml and schema files are read with git), or a file: supergraph.yaml, a composed supergraph,
                          or a plain schema (.graphql)
  --operations GLOB       .graphql files of operations that clients send; may be given several times. Then a break counts only when one of them
                          uses it; without operations every break counts
  --supergraph FILE       the schema as it is now                                                         SUPERGRAPH, else supergraph.yaml
  --json                  for machines
  --annotations           as annotations of GitHub Actions

Exit codes: 0 nothing breaks, 1 something breaks, 2 it could not be checked.
`;

const { values } = readCommandLine(HELP, {
  options: {
    against: { type: 'string' },
    operations: { type: 'string', multiple: true },
    supergraph: { type: 'string' },
    json: { type: 'boolean', default: false },
    annotations: { type: 'boolean', default: false },
  },
});
const { against } = values;
if (!against) refuse('--against is missing: a git ref or a file to compare with');
if (values.json && values.annotations) refuse('--json and --annotations exclude each other');
const { compareVersions, isBroken } = await import('./schema-check/compare-versions.ts'); // a second, which --help need not wait for
const { readKnownOperations } = await import('./schema-check/known-operations.ts');
const { loadVersionFromFile, loadVersionFromGit } = await import('./schema-check/load-version.ts');

try {
  const file = values.supergraph ?? (process.env.SUPERGRAPH || 'supergraph.yaml');
  const [before, after, operations] = await Promise.all([
    loadBefore(against, file),
    loadVersionFromFile(file, process.env),
    values.operations && readKnownOperations(values.operations),
  ]);
  const comparison = await compareVersions(before, after, operations);
  const titles = { before: before.title, after: after.title, operations: operations?.length, broken: isBroken(comparison) };
  process.stdout.write(
    values.json
      ? reportJson(comparison, { before: titles.before, after: titles.after, broken: titles.broken })
      : values.annotations
        ? reportAnnotations(comparison)
        : reportText(comparison, titles),
  );
  process.exitCode = titles.broken ? 1 : 0;
} catch (error) {
  const problems =
    error instanceof ConfigError ? error.problems : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  process.stderr.write(`cannot check:\n${problems.map((problem) => `  - ${problem}\n`).join('')}`);
  process.exitCode = 2;
}

async function loadBefore(name: string, file: string): Promise<SchemaVersion> {
  if ((await stat(name).catch(() => undefined))?.isFile()) return loadVersionFromFile(name, process.env);
  return loadVersionFromGit(await findGitCommit(name, dirname(resolve(file))), file, process.env);
}
