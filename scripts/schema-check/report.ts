import { relative } from 'node:path';
import type { Comparison, SchemaChange } from './compare-versions.ts';

const MARKS = { breaking: '✖', dangerous: '!', safe: '✓' };

/** The comparison for people. */
export function reportText(
  comparison: Comparison,
  titles: { readonly before: string; readonly after: string; readonly operations: number | undefined },
): string {
  const { supergraph, subgraphs, notes, invalidOperations, brokenOperations } = comparison;
  const lines = [`${titles.before} → ${titles.after}`, ''];
  if (supergraph.length === 0 && subgraphs.length === 0 && notes.length === 0) lines.push('no change', '');
  if (supergraph.length > 0) lines.push('supergraph (what clients see)', ...supergraph.map(describe), '');
  for (const { name, changes } of subgraphs) lines.push(`subgraph ${name}`, ...changes.map(describe), '');
  if (notes.length > 0) lines.push('subgraphs and where they answer', ...notes.map((note) => `  · ${note}`), '');
  if (brokenOperations.length > 0) lines.push('operations that break', ...brokenOperations.map((problem) => `  ✖ ${problem}`), '');
  if (invalidOperations.length > 0)
    lines.push(
      'operations that are invalid in both versions, so nothing can be said of them',
      ...invalidOperations.map((problem) => `  ! ${problem}`),
      '',
    );
  lines.push(summary(comparison, titles.operations));
  return `${lines.join('\n')}\n`;
}

/** The comparison for machines; files are relative to the working directory. */
export function reportJson(
  comparison: Comparison,
  titles: { readonly before: string; readonly after: string; readonly broken: boolean },
): string {
  const clean = (change: SchemaChange) => ({ ...change, place: change.place && { ...change.place, file: shown(change.place.file) } });
  return `${JSON.stringify(
    {
      ...titles,
      supergraph: comparison.supergraph.map(clean),
      subgraphs: comparison.subgraphs.map(({ name, changes }) => ({ name, changes: changes.map(clean) })),
      notes: comparison.notes,
      brokenOperations: comparison.brokenOperations,
      invalidOperations: comparison.invalidOperations,
    },
    undefined,
    2,
  )}\n`;
}

/** GitHub's workflow commands: an error for each break that counts, a warning for what else deserves a look. */
export function reportAnnotations({ supergraph, brokenOperations, invalidOperations }: Comparison): string {
  const changes = supergraph
    .filter(({ level }) => level !== 'safe')
    .map((change) =>
      annotate(change.counts ? 'error' : 'warning', change.place, `Schema check: ${change.level}`, `${change.message}${users(change)}`),
    );
  const operations = (problems: readonly string[], kind: 'error' | 'warning', title: string): string[] =>
    problems.map((problem) => {
      const [, file, line, message] = /^(.*?):(\d+): (.*)$/s.exec(problem) ?? [];
      return annotate(kind, file === undefined ? undefined : { file, line: Number(line) }, title, message ?? problem);
    });
  const lines = [
    ...changes,
    ...operations(brokenOperations, 'error', 'Schema check: operation breaks'),
    ...operations(invalidOperations, 'warning', 'Schema check: invalid operation'),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#setting-an-error-message */
function annotate(kind: string, place: SchemaChange['place'], title: string, message: string): string {
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const where = place ? `file=${property(shown(place.file))},line=${place.line},` : '';
  return `::${kind} ${where}title=${property(title)}::${data(message)}`;
}

function describe(change: SchemaChange): string {
  const at = change.place ? `  ${shown(change.place.file)}:${change.place.line}` : '';
  return `  ${MARKS[change.level]} ${change.level.padEnd(9)} ${change.message}${users(change)}${at}`;
}

function users({ usedBy }: SchemaChange): string {
  if (usedBy === undefined) return '';
  return usedBy.length === 0 ? ' (no known operation uses it)' : ` (used by ${usedBy.join(', ')})`;
}

function summary({ supergraph, brokenOperations }: Comparison, operations: number | undefined): string {
  const count = (level: SchemaChange['level']): number => supergraph.filter((change) => change.level === level).length;
  const breaks = supergraph.filter(({ counts }) => counts).length;
  const found = `${count('breaking')} breaking, ${count('dangerous')} dangerous, ${count('safe')} safe changes for clients`;
  if (operations === undefined) return `${found}; no operations given, so every break counts (--operations GLOB)`;
  const judged = breaks > 0 || brokenOperations.length > 0 ? `${breaks} of the breaks hit known operations` : 'no known operation breaks';
  return `${found}; ${judged} (${operations} files of operations)`;
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}
