import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasProcessFigures } from '../../bench/measure/process-figures.ts';
import { projectFolder } from '../../bench/measure/project-folder.ts';
import { measurePayments, SECTIONS } from '../../bench/payments.ts';
import { startBenchServers, useServers } from '../../bench/payments/bench-servers.ts';
import { barRows, paymentsPage } from '../../bench/report/payments-page.ts';
import { toText } from '../../bench/report/tables.ts';
import { readCommandLine, refuse } from '../read-command-line.ts';

const names = SECTIONS.map(({ name }) => name);
const usual = SECTIONS.filter(({ byDefault }) => byDefault).map(({ name }) => name);
const HELP = `npm run bench -- payments [options]

The way of a payment from the mutation to the event at a subscriber: users, payments and the gateway as processes of their own, over a private
PostgreSQL and a private RabbitMQ, which wait for the disk. About four minutes.

  --only a,b          of these; default ${usual.join(',')}; all: everything, about three quarters of an hour
${SECTIONS.map(({ name, summary }) => `                        ${name.padEnd(15)} ${summary}`).join('\n')}
  --rounds N          of what is measured in turns; default 5
  --seconds N         of one round; default 6
  --latency-seconds N of one latency measurement; default 15
  --warm-up N         seconds; default 6
  --connections N     that pay at once; default 128
  --users N           payers; default 1000
  --backlog N         messages that wait; default 100000
  --subscriptions N   default 10000
  --minutes N         of the soak; default 20
  --growth N          payments in the largest tables; default 5000000, which take some 6 GB of disk and minutes to make
  --postgres URL      a server that runs, in place of a private one; databases are made and dropped. Together with
  --amqp URL          a virtual host of RabbitMQ that nothing else uses
  --json FILE         every figure
  --profile FOLDER    writes processor profiles of the three services there
  --write             writes bench/PAYMENTS.md; sections that were not measured stay
`;

const { values } = readCommandLine(HELP, {
  positionals: 1,
  options: {
    only: { type: 'string', default: usual.join(',') },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    'latency-seconds': { type: 'string', default: '15' },
    'warm-up': { type: 'string', default: '6' },
    connections: { type: 'string', default: '128' },
    users: { type: 'string', default: '1000' },
    backlog: { type: 'string', default: '100000' },
    subscriptions: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '20' },
    growth: { type: 'string', default: '5000000' },
    postgres: { type: 'string' },
    amqp: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

if (!hasProcessFigures) refuse('this benchmark reads the processor time of processes from /proc, which only Linux has');
if ((values.postgres === undefined) !== (values.amqp === undefined)) refuse('--postgres and --amqp come together');
const only = values.only === 'all' ? names : values.only.split(',').filter((word) => word !== '');
const unknown = only.find((word) => !names.includes(word));
if (unknown !== undefined || only.length === 0) refuse(`there is no section ${unknown ?? values.only}; there are: ${names.join(', ')}`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const figures = {
  rounds: positive('rounds', values.rounds),
  seconds: positive('seconds', values.seconds),
  latencySeconds: positive('latency-seconds', values['latency-seconds']),
  warmUpSeconds: positive('warm-up', values['warm-up']),
  connections: positive('connections', values.connections),
  users: positive('users', values.users),
  backlog: positive('backlog', values.backlog),
  subscriptions: positive('subscriptions', values.subscriptions),
  minutes: positive('minutes', values.minutes),
  growth: positive('growth', values.growth),
};

say('starting PostgreSQL, RabbitMQ and the services');
const servers =
  values.postgres !== undefined && values.amqp !== undefined ? useServers(values.postgres, values.amqp) : await startBenchServers();
try {
  const results = await measurePayments({
    ...figures,
    servers,
    only,
    nodeOptions: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`],
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    say,
  });
  for (const { title, tables, bars } of results.sections) {
    process.stdout.write(`\n${title}\n${[...tables, ...(bars.length > 0 ? [barRows(bars)] : [])].map((rows) => toText(rows)).join('\n')}`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (values.write) {
    const page = join(projectFolder, 'bench', 'PAYMENTS.md');
    writeFileSync(page, paymentsPage(results, existsSync(page) ? readFileSync(page, 'utf8') : undefined, names));
    say('wrote bench/PAYMENTS.md');
  }
} finally {
  await servers.stop();
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) refuse(`--${option} must be a number above 0, got ${text}`);
  return value;
}
