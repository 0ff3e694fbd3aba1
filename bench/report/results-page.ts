import { gatewayNodeOptions } from '../measure/script-node-options.ts';
import type { BenchResults } from '../measure/results.ts';
import { barsTable, toMarkdown, workloadTable } from './tables.ts';

/** bench/RESULTS.md */
export function resultsPage(results: BenchResults): string {
  const { date, commit, machine, node, command, connections, rounds, seconds, failedProbes, workloads } = results;
  const titles = new Map(workloads.flatMap(({ peers }) => peers.map(({ peer, title }) => [peer, title])));
  const sections = workloads.map((result) => {
    const { workload, description, answerBytes, peers, absent } = result;
    const remarks = [
      ...peers.flatMap(({ peer, wrong }) => (wrong === undefined ? [] : [`- ${peer} answers wrong: ${inline(wrong)}`])),
      ...Object.entries(absent).map(([peer, reason]) => `- ${peer} was not measured: ${inline(reason)}`),
    ];
    return `## ${workload}\n\n${description}; an answer has ${answerBytes} bytes.\n\n${toMarkdown(workloadTable(result, failedProbes))}${remarks.length > 0 ? `\n${remarks.join('\n')}\n` : ''}`;
  });
  const faults = Object.entries(failedProbes).filter(([, failed]) => failed.length > 0);
  return `# What was measured

Written by the benchmark itself; how to read it: [docs/performance.md](../docs/performance.md).

- command: \`${command}\`
- ${machine}; Node ${node}; ${date}; commit ${commit}
- ${rounds} interleaved rounds of ${seconds} s, ${connections} connections; the medians of the rounds, ratios are medians of the rounds' ratios
- every gateway, and the ceiling, runs with the options with which \`npm run gateway\` starts Node: \`${gatewayNodeOptions.join(' ')}\`
- CPU is what the operating system says of the gateway's process and all its threads, user and system; subgraphs and the load generator are processes of their own
- every answer was compared before speed was measured${faults.map(([peer, failed]) => `\n- **${peer}** is left out of "the best that answers right": it gets wrong ${failed.join('; ')}`).join('')}

${[...titles].map(([peer, title]) => `- \`${peer}\`: ${title}`).join('\n')}

## Bars

${toMarkdown(barsTable(results))}
${sections.join('\n')}`;
}

function inline(text: string): string {
  return (text.split('\n')[0] ?? '').replaceAll('|', '\\|');
}
