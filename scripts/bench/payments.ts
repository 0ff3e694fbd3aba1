import { cpus } from 'node:os';
import { measurePayments } from '../../bench/payments.ts';
import { readCommandLine } from '../read-command-line.ts';

const HELP = `npm run bench -- payments [--url URL] [--sequential 500] [--concurrent 2000] [--clients 16]

Measures a running system (npm start, in another terminal) from outside: latency from mutation to event of payments made one after
the other, and payments per second of clients that pay side by side. --url is the gateway's, by default http://127.0.0.1:4000/graphql.
`;

const { values } = readCommandLine(HELP, {
  positionals: 1,
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4000/graphql' },
    sequential: { type: 'string', default: '500' },
    concurrent: { type: 'string', default: '2000' },
    clients: { type: 'string', default: '16' },
  },
});
await benchPayments();

async function benchPayments(): Promise<void> {
  const [sequential, concurrent, clients] = [Number(values.sequential), Number(values.concurrent), Number(values.clients)];
  try {
    const { mutation, mutationToEvent, throughput } = await measurePayments(values.url, { sequential, concurrent, clients });
    const ms = (value: number): string => `${value.toFixed(1)} ms`;
    process.stdout.write(
      `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}\n` +
        `mutation to answer   p50 ${ms(mutation.p50)}  p99 ${ms(mutation.p99)}  max ${ms(mutation.max)}  (${mutation.count} one after the other)\n` +
        `mutation to event    p50 ${ms(mutationToEvent.p50)}  p99 ${ms(mutationToEvent.p99)}  max ${ms(mutationToEvent.max)}  (the same)\n` +
        `throughput           ${throughput.perSecond.toFixed(0)} payments/s with ${throughput.clients} clients (${throughput.payments}, until the last event)\n`,
    );
  } catch (error) {
    process.stderr.write(
      `the benchmark could not be run against ${values.url}: ${error instanceof Error ? (error.cause ?? error.message) : error}\nIs the system running? npm start\n`,
    );
    process.exitCode = 1;
  }
}
