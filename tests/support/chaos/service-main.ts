/**
 * One of our services as a process, with failpoints, defects and a clock of its own: `node service-main.js users|payments|gateway [DEFECT]`, configured by the
 * environment as in production. Told what to do over the channel that its parent holds, and dies with it.
 */
import { writeSync } from 'node:fs';
import { REPORT_FD, type ServiceCommand, type ServiceReport } from './service-commands.ts';
import { installShiftedClock } from './shifted-clock.ts';

const clock = installShiftedClock(); // before anything reads the time
const { Failpoints } = await import('./failpoints.ts');
const { runProcess } = await import('../../../platform/foundation/run-process.ts');

const report = (line: ServiceReport): void => void writeSync(REPORT_FD, `${JSON.stringify(line)}\n`);
const onListening = (url: string): void => report({ kind: 'listening', url });
const [service = '', defectName] = process.argv.slice(2);

const failpoints = new Failpoints({
  onVisited: (point) => report({ kind: 'visited', point }),
  onReached: (point) => report({ kind: 'reached', point }),
});
let nextError: () => Error | undefined = () => undefined;

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (command: ServiceCommand) => {
  switch (command.kind) {
    case 'arm':
      return failpoints.arm(command);
    case 'release':
      return failpoints.release(command.point);
    case 'disarm':
      return failpoints.disarm();
    case 'fail statements':
      return void createErrors(command).then((errors) => (nextError = errors));
    case 'clock':
      return clock.set(command.offsetMs);
  }
});

if (service === 'gateway') {
  const { createGatewayService } = await import('../../../gateway/service.ts');
  const { readGatewayConfig } = await import('../../../gateway/config.ts');
  await runProcess((env) => createGatewayService(readGatewayConfig(env), { onListening }), process.env);
} else if (service === 'users') {
  const { createUsersService } = await import('../../../subgraphs/users/service.ts');
  const { readUsersConfig } = await import('../../../subgraphs/users/config.ts');
  const seams = await createSeams('users');
  await runProcess((env) => createUsersService(readUsersConfig(env), { ...seams, onListening }), process.env);
} else if (service === 'payments') {
  const { createPaymentsService } = await import('../../../subgraphs/payments/service.ts');
  const { readPaymentsConfig } = await import('../../../subgraphs/payments/config.ts');
  const seams = await createSeams('payments');
  await runProcess((env) => createPaymentsService(readPaymentsConfig(env), { ...seams, onListening }), process.env);
} else throw new Error(`expected users, payments or gateway, got '${service}'`);

async function createSeams(name: string) {
  const { connectAmqpBroker } = await import('../../../platform/messaging/amqp-broker.ts');
  const { createLogger } = await import('../../../platform/foundation/logger.ts');
  const { toWireMessage } = await import('../../../platform/messaging/messages.ts');
  const { DEFECTS, findEvents } = await import('./defects.ts');
  const { createFaultyBroker } = await import('./faulty-broker.ts');
  const { createFaultyDatabase } = await import('./faulty-database.ts');
  const { COMMANDS_EXCHANGE } = await import('../../../subgraphs/payment-topology.ts');
  const defect = DEFECTS.find((known) => known === defectName);
  if (defectName !== undefined && defect === undefined) throw new Error(`expected a defect, got '${defectName}'`);

  let broker: ReturnType<typeof createFaultyBroker> | undefined;
  let rewritten = false;
  const onStatement = createFaultyDatabase({
    failpoints,
    defect,
    nextError: () => nextError(),
    onRewritten() {
      if (!rewritten) report({ kind: 'rewritten' });
      rewritten = true;
    },
    async beforePay({ values }) {
      if (defect !== 'publish before commit') return;
      for (const event of findEvents(values)) {
        const message = toWireMessage({ ...event, sequence: '0' }, { 'x-attempt': 1 });
        await broker?.publish(COMMANDS_EXCHANGE, event.type, message, { mandatory: true });
      }
    },
  });
  const connectBroker = (config: {
    amqpUrls: readonly string[];
    log: Parameters<typeof createLogger>[1];
  }): ReturnType<typeof createFaultyBroker> => {
    const real = connectAmqpBroker({ urls: config.amqpUrls, name, logger: createLogger(name, config.log) });
    return (broker = createFaultyBroker(real, { failpoints, defect }));
  };
  return { onStatement, connectBroker };
}

/** @returns gives an error for the drawn share of the calls */
async function createErrors({ code, share, seed }: Extract<ServiceCommand, { kind: 'fail statements' }>): Promise<() => Error | undefined> {
  const { createSeededRandom } = await import('../../../gateway/testing/seeded-random.ts');
  const random = createSeededRandom(seed);
  return () => (random.next() < share ? Object.assign(new Error(`injected: SQLSTATE ${code}`), { code }) : undefined);
}
