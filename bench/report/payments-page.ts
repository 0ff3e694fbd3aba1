import type { PaymentsResults } from '../payments.ts';
import type { Bar, SectionReport } from '../payments/section.ts';
import { toMarkdown, type Row } from './tables.ts';

const HEAD = `# Payments, measured

Written by \`npm run bench -- payments --write\`, which leaves sections alone that it did not measure. What the figures mean, and what was tried: [performance of payments](../docs/performance-payments.md).
`;

/**
 * bench/PAYMENTS.md with the sections of this run in place of those of the same name.
 * @param earlier the page as it is, if it is there
 * @param order names of all sections
 */
export function paymentsPage(results: PaymentsResults, earlier: string | undefined, order: readonly string[]): string {
  const sections = new Map<string, string>();
  for (const part of (earlier ?? '').split(/^(?=<!-- section )/m).slice(1)) {
    sections.set(/^<!-- section ([\w-]+) -->/.exec(part)?.[1] ?? '', part.trimEnd());
  }
  for (const section of results.sections) sections.set(section.name, toSection(section, results));
  return [HEAD.trimEnd(), ...order.flatMap((name) => sections.get(name) ?? [])].join('\n\n') + '\n';
}

function toSection(
  { name, title, text, tables, bars }: SectionReport,
  { date, commit, machine, node, servers, command }: PaymentsResults,
): string {
  const parts = [
    text,
    ...tables.map((rows) => toMarkdown(rows).trimEnd()),
    ...(bars.length > 0 ? [toMarkdown(barRows(bars)).trimEnd()] : []),
  ];
  return `<!-- section ${name} -->\n## ${title}\n\n${parts.join('\n\n')}\n\n${date}, commit ${commit}; ${machine}; Node ${node}, ${servers}; \`${command}\`.`;
}

export function barRows(bars: readonly Bar[]): Row[] {
  return [
    ['bar', 'wanted', 'measured', ''],
    ...bars.map(({ what, wanted, measured, met }) => [what, wanted, measured, met ? 'met' : 'missed']),
  ];
}
