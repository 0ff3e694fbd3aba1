import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PaymentsResults } from '../../bench/payments.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { projectFolder } from '../support/service-process.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'paygraph-bench-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [join(projectFolder, 'scripts', 'run.mjs'), 'bench', 'payments', ...args], {
    cwd: projectFolder,
  }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

interface Round {
  readonly payments: number;
  readonly perSecond: number;
}
interface ThroughputFigures {
  readonly rounds: readonly { ours: Round & { mutationToEvent: { count: number } }; postgres: Round; rabbitmq: Round }[];
  readonly ratio: number;
}
type LatencyFigures = readonly { load: string; round: { payments: number; mutationToEvent: { count: number; p50: number } } }[];

describe('npm run bench -- payments', () => {
  it('pays until every payment has its event, beside both ceilings and at four loads', async () => {
    await using vhost = await createTestVhost();
    const file = join(folder, 'results.json');
    const given = ['--postgres', process.env['TEST_POSTGRES_URL'] ?? '', '--amqp', vhost.url];
    const small = [
      '--rounds',
      '1',
      '--seconds',
      '0.3',
      '--latency-seconds',
      '0.3',
      '--warm-up',
      '0.1',
      '--connections',
      '8',
      '--users',
      '20',
    ];

    const { code, stdout, stderr } = await bench('--only', 'throughput,latency', '--json', file, ...given, ...small);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { sections, servers } = JSON.parse(readFileSync(file, 'utf8')) as PaymentsResults;
    expect(servers).toContain('PostgreSQL');
    expect(sections.map(({ name }) => name)).toEqual(['throughput', 'latency']);
    const { rounds, ratio } = sections[0]?.figures as ThroughputFigures;
    expect(rounds).toHaveLength(1);
    for (const { ours, postgres, rabbitmq } of rounds) {
      for (const { payments, perSecond } of [ours, postgres, rabbitmq]) {
        expect(payments).toBeGreaterThan(0);
        expect(perSecond).toBeGreaterThan(0);
      }
      expect(ours.mutationToEvent.count).toBe(ours.payments);
    }
    expect(ratio).toBeGreaterThan(0);
    const latencies = sections[1]?.figures as LatencyFigures;
    expect(latencies.map(({ load }) => load)).toEqual(['idle', '25 %', '50 %', '80 %']);
    for (const { round } of latencies) if (round.payments > 0) expect(round.mutationToEvent.p50).toBeGreaterThan(0);
    expect(stdout).toContain('share of the slower ceiling');
  });

  it('names the sections that there are when it is asked for another', async () => {
    const { code, stderr } = await bench('--only', 'speed');

    expect(code).toBe(2);
    expect(stderr).toContain('there is no section speed; there are: throughput, latency');
  });
});
