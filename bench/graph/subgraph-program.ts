/**
 * One subgraph of the benchmark as a process of its own: `node subgraph-program.js NAME`, listens on a port that the system chooses.
 * Answers are kept by the whole body of the request, so what is asked twice costs a look-up; nothing else is shared between requests.
 * GET /count: how many operations were answered. POST /emit with a number: that event goes to every subscription, and the answer says to how many.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { WebSocketServer } from 'ws';
import { runSelection } from './run-selection.ts';
import { SUBGRAPHS, type SubgraphName } from './subgraph-names.ts';
import { reviewEvent, subgraphRoots } from './subgraph-roots.ts';

const name = process.argv[2] as SubgraphName;
if (!SUBGRAPHS.includes(name)) throw new Error(`expected one of ${SUBGRAPHS.join(', ')}, got ${name}`);

const answers = new LRUCache<string, Buffer>({
  maxSize: 128 * 1024 * 1024,
  sizeCalculation: (answer, body) => answer.length + body.length,
});
const subscriptions = new Set<(event: number) => void>();
let answered = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const answer = answerTo(request, Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});
server.keepAliveTimeout = 300_000;

function answerTo({ url }: IncomingMessage, body: string): Buffer {
  if (url === '/count') return Buffer.from(String(answered));
  if (url === '/emit') {
    for (const send of subscriptions) send(Number(body));
    return Buffer.from(String(subscriptions.size));
  }
  answered += 1;
  const known = answers.get(body);
  if (known) return known;
  const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
  const answer = Buffer.from(JSON.stringify(runSelection(query, variables ?? {}, subgraphRoots[name])));
  answers.set(body, answer);
  return answer;
}

interface ProtocolMessage {
  readonly id: string;
  readonly type: string;
  readonly payload?: { readonly query: string; readonly variables?: Record<string, unknown> };
}

/** The part of graphql-transport-ws that a gateway's subscriptions need. */
const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
sockets.on('connection', (socket) => {
  const own = new Map<string, (event: number) => void>();
  socket.on('message', (data) => {
    const { id, type, payload } = JSON.parse(String(data)) as ProtocolMessage;
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    else if (type === 'ping') socket.send('{"type":"pong"}');
    else if (type === 'subscribe' && payload) {
      const send = (event: number): void =>
        socket.send(
          JSON.stringify({ id, type: 'next', payload: runSelection(payload.query, payload.variables ?? {}, reviewEvent(event)) }),
        );
      own.set(id, send);
      subscriptions.add(send);
    } else if (type === 'complete') {
      const send = own.get(id);
      if (send) subscriptions.delete(send);
      own.delete(id);
    }
  });
  socket.on('close', () => {
    for (const send of own.values()) subscriptions.delete(send);
  });
});

server.listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit(0)); // the one who started it is gone
