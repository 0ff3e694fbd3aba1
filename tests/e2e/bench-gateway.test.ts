import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BenchResults } from '../../bench/measure/results.ts';
import { projectFolder } from '../support/service-process.ts';

const WORKLOADS = ['small', 'deep', 'wide', 'rotation', 'never-seen', 'never-seen-text', 'errors', 'fan-out'];

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'paygraph-bench-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [join(projectFolder, 'scripts', 'run.mjs'), 'bench', 'gateway', ...args], {
    cwd: projectFolder,
  }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('npm run bench -- gateway', () => {
  it('compares the answers of all workloads before it measures them, ours and those of the program by hand', async () => {
    const file = join(folder, 'results.json');
    const load = ['--rounds', '1', '--seconds', '0.2', '--warm-up', '0.1', '--requests', '20', '--connections', '4', '--subscribers', '20'];

    const { code, stdout } = await bench('--peers', 'ours,ceiling', '--json', file, ...load);

    expect(code).toBe(0);
    const { workloads, failedProbes } = JSON.parse(readFileSync(file, 'utf8')) as BenchResults;
    expect(failedProbes).toEqual({ ours: [] });
    expect(workloads.map(({ workload }) => workload).sort()).toEqual([...WORKLOADS].sort());
    for (const { workload, peers, absent } of workloads) {
      expect({ workload, absent }).toEqual({ workload, absent: {} });
      for (const { peer, wrong, median } of peers)
        expect({ workload, peer, wrong, wrongAnswers: median.wrong }).toEqual({ workload, peer, wrong: undefined, wrongAnswers: 0 });
      expect(stdout).toContain(`\n${workload}: `);
    }
  }, 240_000); // a minute of work for two cores that may have other tests to run

  it('names the workloads and gateways that there are when it is asked for another', async () => {
    const { code, stderr } = await bench('--workloads', 'tiny');

    expect(code).toBe(2);
    expect(stderr).toContain('there is no workload tiny; there are: small, alike, deep');
  });
});
