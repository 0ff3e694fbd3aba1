/**
 * users or payments as one process, with micro-batches that the parent can switch off while it runs: `node switched-program.js users|payments`.
 * Its messages are lists of the steps that are off from then on; each is answered.
 */
import { runProcess } from '../../platform/foundation/run-process.ts';
import { readPaymentsConfig } from '../../subgraphs/payments/config.ts';
import { createPaymentsService } from '../../subgraphs/payments/service.ts';
import { readUsersConfig } from '../../subgraphs/users/config.ts';
import { createUsersService } from '../../subgraphs/users/service.ts';

let off: readonly string[] = [];
process.on('message', (steps: readonly string[]) => {
  off = steps;
  process.send?.('switched');
});
process.on('disconnect', () => process.exit(0)); // the one who started it is gone
const isBatched = (step: string): boolean => !off.includes(step);

await runProcess(
  (env) =>
    process.argv[2] === 'users'
      ? createUsersService(readUsersConfig(env), { isBatched })
      : createPaymentsService(readPaymentsConfig(env), { isBatched }),
  process.env,
);
