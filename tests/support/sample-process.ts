/** A process for tests of `runProcess`: says what it does, and does it as SAMPLE tells. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../platform/foundation/errors.ts';
import { createService } from '../../platform/foundation/lifecycle.ts';
import { runProcess } from '../../platform/foundation/run-process.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runProcess((env) => {
  const how = env['SAMPLE'];
  if (how === 'misconfigured') throw new ConfigError(['A is wrong', 'B is missing']);
  return createService('sample', async (stack, signal) => {
    const clock = setInterval(() => undefined, 1_000); // something that keeps it running
    stack.defer(() => clearInterval(clock));
    stack.defer(async () => {
      say('stopping');
      if (how === 'slow to stop') await delay(60_000);
      if (how === 'fails to stop') throw new Error('the lid does not close');
      say('stopped');
    });
    if (how === 'port taken') throw new ConfigError(['the port is taken'], { code: 'PORT_TAKEN' });
    if (how === 'bug') throw new TypeError('x is not a function');
    if (how === 'waits') {
      say('waiting');
      await delay(60_000, undefined, { signal });
    }
    say('started');
  });
}, process.env);
