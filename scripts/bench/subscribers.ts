import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeBenchGraph } from '../../bench/graph/compose-bench-graph.ts';
import { LISTENER_TRANSPORTS } from '../../bench/load/open-listener.ts';
import { measureCrowd, mostClients, type CrowdFigures } from '../../bench/measure/measure-crowd.ts';
import { allPeers } from '../../bench/measure/peers.ts';
import { hasProcessFigures } from '../../bench/measure/process-figures.ts';
import { startPeer } from '../../bench/measure/start-peers.ts';
import { startSubgraphs } from '../../bench/measure/subgraph-processes.ts';
import { toText } from '../../bench/report/tables.ts';
import { readCommandLine, refuse } from '../read-command-line.ts';

const HELP = `npm run bench -- subscribers [options]

Our gateway with many clients on one stream of events: its memory per client, and the time until the last client has an event. Subgraphs,
gateway and clients are processes of their own; the gateway is started anew for each transport.

  --clients N         default 10000; a process needs as many open files (ulimit -n)
  --transports a,b    of ${LISTENER_TRANSPORTS.join(', ')}; default all
  --events N          that are measured; default 20
`;

const { values } = readCommandLine(HELP, {
  positionals: 1,
  options: {
    clients: { type: 'string', default: '10000' },
    transports: { type: 'string', default: LISTENER_TRANSPORTS.join(',') },
    events: { type: 'string', default: '20' },
  },
});
if (!hasProcessFigures) refuse('this benchmark reads the memory of processes from /proc, which only Linux has');
const clients = positive('clients', values.clients);
const events = positive('events', values.events);
const wanted = values.transports.split(',').map((name) => {
  const transport = LISTENER_TRANSPORTS.find((each) => each === name);
  return transport ?? refuse(`there is no transport ${name}; there are: ${LISTENER_TRANSPORTS.join(', ')}`);
});
if (clients > mostClients())
  refuse(
    `${clients} clients need as many open files, and this system lets a process have ${mostClients()} besides others: raise ulimit -Hn`,
  );

const ours = allPeers().find(({ name }) => name === 'ours');
if (!ours) throw new Error('our gateway is not among the peers');
const folder = mkdtempSync(join(tmpdir(), 'paygraph-bench-'));
const subgraphs = await startSubgraphs();
const figures: CrowdFigures[] = [];
try {
  const supergraph = join(folder, 'supergraph.graphql');
  writeFileSync(
    supergraph,
    composeBenchGraph((name) => subgraphs.urls[name]),
  );
  for (const transport of wanted) {
    const { process: gateway } = await startPeer(ours, { workload: 'subscribers', supergraph, urls: subgraphs.urls, nodeOptions: [] });
    try {
      process.stderr.write(`${clients} clients over ${transport}\n`);
      figures.push(await measureCrowd({ transport, clients, events, gateway, reviewsUrl: subgraphs.urls.reviews }));
    } finally {
      await gateway.stop();
    }
  }
} finally {
  await subgraphs.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(
  toText([
    [
      'transport',
      'clients',
      'MB before',
      'MB with clients',
      'kB per client',
      'MB at the end',
      'ms until the last, median',
      'worst',
      'CPU µs per delivery',
    ],
    ...figures.map(({ transport, residentMb, untilLastMs, cpuUsPerDelivery }) => [
      transport,
      String(clients),
      residentMb.before.toFixed(0),
      residentMb.listening.toFixed(0),
      (((residentMb.listening - residentMb.before) * 1024) / clients).toFixed(1),
      residentMb.end.toFixed(0),
      untilLastMs.median.toFixed(0),
      untilLastMs.worst.toFixed(0),
      cpuUsPerDelivery.toFixed(1),
    ]),
  ]),
);

function positive(option: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : refuse(`--${option} must be a whole number above 0, got ${text}`);
}
