import type { BenchResults, PeerResult } from '../measure/results.ts';
import { ratioOf } from './bars.ts';

const WIDTH = 860;
const LABEL = 150;
const BAR = 15;
const GAP = 5;
const GROUP = 34;
const COLOURS: Readonly<Record<string, string>> = { ours: '#0b7a75', ceiling: '#8a8f98' };
const OTHERS = '#c9743a';

/** Bars of CPU per request, as times of ours, one group per workload. On a logarithmic scale, because they lie far apart. */
export function chart({ workloads, failedProbes, node, date }: BenchResults): string {
  const parts: string[] = [];
  const drawn = workloads.flatMap((result) => {
    const ours = result.peers.find(({ peer }) => peer === 'ours');
    return ours ? [{ result, ours, ratios: result.peers.map((each) => ({ each, ratio: ratioOf(each, ours) })) }] : [];
  });
  const all = drawn.flatMap(({ ratios }) => ratios.map(({ ratio }) => ratio)).filter((ratio) => ratio > 0);
  const least = Math.min(0.5, ...all) * 0.8;
  const most = Math.max(2, ...all);
  const toX = (ratio: number): number => LABEL + ((WIDTH - LABEL - 130) * Math.log(ratio / least)) / Math.log(most / least);

  let y = 62;
  for (const { result, ours, ratios } of drawn) {
    parts.push(
      `<text x="14" y="${y}" class="group">${result.workload}</text><text x="${LABEL}" y="${y}" class="note">${escape(result.description)}</text>`,
    );
    y += 10;
    for (const { each, ratio } of ratios) {
      parts.push(bar(each, ratio, y, toX, ours, Boolean(failedProbes[each.peer]?.length)));
      y += BAR + GAP;
    }
    y += GROUP;
  }
  const height = y - GROUP + 34;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">\n` +
    '<style>rect.back{fill:#fff}text{fill:#24292f}.group{font-weight:600;font-size:14px}.note{fill:#6a737d}.title{font-weight:600;font-size:16px}</style>\n' +
    `<rect class="back" width="${WIDTH}" height="${height}"/>\n` +
    '<text x="14" y="26" class="title">CPU of the gateway per request, times ours (less is better, logarithmic)</text>\n' +
    `${parts.join('\n')}\n` +
    `<text x="14" y="${height - 14}" class="note">Node ${node}, ${date.slice(0, 10)}; * gets other operations wrong; ceiling: by hand, without GraphQL. bench/RESULTS.md</text>\n</svg>\n`
  );
}

function bar(each: PeerResult, ratio: number, y: number, toX: (ratio: number) => number, ours: PeerResult, failsProbes: boolean): string {
  const label = `${each.peer}${failsProbes ? ' *' : ''}`;
  const value = each.wrong === undefined ? `${ratio.toFixed(2)} ×` : 'wrong answers';
  const width = each.wrong === undefined ? Math.max(1, toX(ratio) - LABEL) : 1;
  const weight = each === ours ? ' font-weight="600"' : '';
  return (
    `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end"${weight}>${escape(label)}</text>` +
    `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${COLOURS[each.peer] ?? OTHERS}"/>` +
    `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 12}"${weight}>${value}</text>`
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
