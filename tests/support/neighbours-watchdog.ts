import { spawn } from 'node:child_process';

/**
 * Runs a shell command when this process is gone, however it went (Ctrl-C, a crash, SIGKILL): a shell waits for the end of its input, which we hold open.
 * @param command sees `args` as `$1`, `$2` …
 * @returns calls the watchdog off, once its work was done in another way
 */
export function afterOurEnd(command: string, ...args: string[]): () => void {
  const watchdog = spawn('/bin/sh', ['-c', `read -r _; ${command}`, 'watchdog', ...args], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.stdin.on('error', () => undefined); // it is gone when we call it off
  watchdog.unref();
  return () => void watchdog.kill('SIGKILL');
}
