/**
 * `NODE_OPTIONS="--import …/report-resources.mjs"`: a process that says on SIGUSR2, as one line of standard output, what it holds: active
 * resources by type (sockets, timers …) and the bytes of its heap after a garbage collection. Holds nothing itself but the signal.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

process.on('SIGUSR2', () => {
  // What a first collection finalises is freed by the second, and promises settle in between.
  collectGarbage();
  setImmediate(() => {
    collectGarbage();
    const resources = {};
    for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
    process.stdout.write(`RESOURCES ${JSON.stringify({ resources, heapBytes: process.memoryUsage().heapUsed })}\n`);
  });
});
