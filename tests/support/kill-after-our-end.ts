import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Reads `+PID` and `-PID`, and kills at the end of its input whoever was not taken away again. */
const WATCH = `pids=' '
while read -r line; do
  pid="\${line#?}"
  case "$line" in
    +*) pids="$pids$pid " ;;
    -*) pids="\${pids%% "$pid" *} \${pids#* "$pid" }" ;;
  esac
done
[ -z "\${pids# }" ] || kill -9 $pids`;

let watchdog: Writable | undefined;

/**
 * Kills a child when this process is gone, however it went: a test that ran out of its time, or a jest that was killed, disposes nothing. One shell watches all
 * of this process's children, because starting one for each would cost more than most of them.
 */
export function killAfterOurEnd(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return; // it was never started
  watchdog ??= startWatchdog();
  watchdog.write(`+${pid}\n`);
  child.once('exit', () => watchdog?.write(`-${pid}\n`)); // its number may soon be somebody else's
}

function startWatchdog(): Writable {
  const shell = spawn('/bin/sh', ['-c', WATCH], { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.stdin.on('error', () => undefined); // somebody killed it
  shell.unref();
  return shell.stdin;
}
