import { describe, expect, it } from '@jest/globals';
import type { PaymentsResults } from '../../../bench/payments.ts';
import type { SectionReport } from '../../../bench/payments/section.ts';
import { paymentsPage } from '../../../bench/report/payments-page.ts';

const ORDER = ['throughput', 'latency', 'soak'];

function section(name: string, measured: string): SectionReport {
  return {
    name,
    title: `About ${name}`,
    text: `How ${name} was measured.`,
    tables: [
      [
        ['load', 'ms'],
        ['idle', measured],
      ],
    ],
    bars: [{ what: name, wanted: 'at most 25', measured, met: Number(measured) <= 25 }],
    figures: undefined,
  };
}

function results(...sections: readonly SectionReport[]): PaymentsResults {
  return { date: '2026-01-02', commit: 'abc', machine: 'M', node: 'v20', servers: 'S', command: 'npm run bench', sections };
}

describe('the page of the payments benchmark', () => {
  it('has each section with its tables, its bars, and where it was measured', () => {
    const page = paymentsPage(results(section('latency', '30')), undefined, ORDER);

    expect(page).toContain('## About latency\n\nHow latency was measured.\n\n| load | ms |\n| --- | --- |\n| idle | 30 |\n');
    expect(page).toContain('| latency | at most 25 | 30 | missed |');
    expect(page).toContain('2026-01-02, commit abc; M; Node v20, S; `npm run bench`.');
  });

  it('keeps sections that were not measured again, and the order', () => {
    const first = paymentsPage(results(section('throughput', '1'), section('soak', '2')), undefined, ORDER);

    const second = paymentsPage(results(section('latency', '3')), first, ORDER);
    const third = paymentsPage(results(section('soak', '4')), second, ORDER);

    expect(third.match(/^## .*$/gm)).toEqual(['## About throughput', '## About latency', '## About soak']);
    expect(third).toContain('| idle | 1 |');
    expect(third).toContain('| idle | 3 |');
    expect(third).toContain('| idle | 4 |');
    expect(third).not.toContain('| idle | 2 |');
  });

  it('stays the same when a section is written again with the same figures', () => {
    const page = paymentsPage(results(section('throughput', '1'), section('latency', '2')), undefined, ORDER);

    expect(paymentsPage(results(section('throughput', '1')), page, ORDER)).toBe(page);
  });
});
