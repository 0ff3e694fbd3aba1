import { BROKER_FAULTS } from './broker-faults.ts';
import { CLIENT_FAULTS, createStampede } from './client-faults.ts';
import { DATABASE_FAULTS } from './database-faults.ts';
import type { Fault } from './fault.ts';
import { MESSAGE_FAULTS } from './message-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...BROKER_FAULTS,
  ...DATABASE_FAULTS,
  ...NETWORK_FAULTS,
  ...MESSAGE_FAULTS,
  ...CLIENT_FAULTS,
  createStampede(1_000),
];

/** Those that a broker allows. @param names only these, or those whose name begins so; default all */
export function chooseFaults(broker: 'rabbitmq' | 'cluster', names?: readonly string[]): Fault[] {
  return FAULTS.filter((fault) => fault.broker === undefined || fault.broker === broker).filter(
    ({ name }) => !names || names.some((wanted) => name === wanted || name.startsWith(wanted)),
  );
}
