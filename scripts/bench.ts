import { refuse } from './read-command-line.ts';

const HELP = `npm run bench -- payments | gateway | subscribers | planning [options]

  payments      the way of a payment, from the mutation to the event, beside PostgreSQL and RabbitMQ alone (the default)
  gateway       our gateway beside others over the same subgraphs: CPU per request, requests/s, latency, memory
  subscribers   our gateway with 10,000 clients on one stream: memory per client, time until the last has an event
  planning      the cold path: planning, composition, start, memory of kept plans

Each explains itself: npm run bench -- gateway --help
`;

const BENCHMARKS = ['payments', 'gateway', 'subscribers', 'planning'];
const args = process.argv.slice(2);
const [first = ''] = args;
if (first === '--help' || first === '-h') {
  process.stdout.write(HELP);
  process.exit(0);
}
const name = first === '' || first.startsWith('-') ? 'payments' : first;
if (!BENCHMARKS.includes(name)) refuse(`there is no benchmark ${name}; there are: ${BENCHMARKS.join(', ')}`);
await import(`./bench/${name}.js`);
