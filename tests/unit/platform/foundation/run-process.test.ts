import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/eventually.ts';

const support = join(import.meta.dirname, '..', '..', '..', 'support');

describe('a service that runs as a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('stops on %s and exits with 0', async (signal) => {
    const sample = run('works');
    await eventually(() => sample.output().includes('started'));

    sample.kill(signal);

    expect(await sample.exit).toBe(0);
    expect(sample.output()).toBe('started\nstopping\nstopped\n');
  });

  it('exits at once with 130 on a second signal', async () => {
    const sample = run('slow to stop');
    await eventually(() => sample.output().includes('started'));

    sample.kill('SIGINT');
    await eventually(() => sample.output().includes('stopping'));
    sample.kill('SIGINT');

    expect(await sample.exit).toBe(130);
  });

  it('exits within 5 seconds, with 0 and a line about it, when something does not stop', async () => {
    const sample = run('slow to stop');
    await eventually(() => sample.output().includes('started'));
    const startedAt = Date.now();

    sample.kill('SIGTERM');

    expect(await sample.exit).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(sample.errors()).toBe('stopped with a problem: closing failed: not done by its deadline\n');
  });

  it('stops what is open, and exits with 0, when the signal comes during the start', async () => {
    const sample = run('waits');
    await eventually(() => sample.output().includes('waiting'));

    sample.kill('SIGINT');

    expect(await sample.exit).toBe(0);
    expect(sample.output()).toBe('waiting\nstopping\nstopped\n');
    expect(sample.errors()).toBe('');
  });

  it('tells why it cannot start in one line, and exits with 1', async () => {
    const sample = run('port taken');

    expect(await sample.exit).toBe(1);
    expect(sample.errors()).toBe('cannot start: the port is taken\n');
    expect(sample.output()).toBe('stopping\nstopped\n');
  });

  it('tells of several problems in a list', async () => {
    const sample = run('misconfigured');

    expect(await sample.exit).toBe(1);
    expect(sample.errors()).toBe('cannot start, 2 problems:\n  - A is wrong\n  - B is missing\n');
  });

  it('shows where a bug is', async () => {
    const sample = run('bug');

    expect(await sample.exit).toBe(1);
    expect(sample.errors()).toMatch(/^cannot start: TypeError: x is not a function\n +at .*sample-process\.ts/);
  });
});

interface Sample {
  readonly exit: Promise<number | null>;
  output(): string;
  errors(): string;
  kill(signal: NodeJS.Signals): void;
}

function run(how: string): Sample {
  const args = ['--no-warnings', '--import', join(support, 'run-typescript.mjs'), join(support, 'sample-process.ts')];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', SAMPLE: how },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk));
  return {
    exit: once(child, 'close').then(([code]) => code as number | null),
    output: () => output,
    errors: () => errors,
    kill: (signal) => child.kill(signal),
  };
}
