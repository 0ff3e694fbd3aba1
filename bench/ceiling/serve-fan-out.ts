import type { Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { SubgraphCall } from './subgraph-call.ts';

interface Review {
  readonly id: string;
  readonly rating: number;
  readonly body: string;
  readonly author: { readonly id: string };
}
interface ProtocolMessage {
  readonly id: string;
  readonly type: string;
}

const EVENTS = 'subscription FanOut__reviews__0{reviewAdded{id rating body author{__typename id}}}';
const AUTHOR = `{"query":${JSON.stringify('query FanOut__accounts__1($representations:[_Any!]!){_entities(representations:$representations){...on User{name}}}')},"variables":{"representations":[{"__typename":"User","id":`;

/** One subscription upstream and one request for the author per event, whoever many listen; each gets the same text under the id of its operation. */
export function serveFanOut(server: Server, reviewsUrl: string, accounts: SubgraphCall): void {
  const listeners = new Set<{ readonly socket: WebSocket; readonly id: string }>();

  const deliver = async ({ id, rating, body, author }: Review): Promise<void> => {
    const { _entities } = await accounts<{ _entities: [{ name: string }] }>(`${AUTHOR}${JSON.stringify(author.id)}}]}}`);
    const data = JSON.stringify({ data: { reviewAdded: { id, rating, body, author: { id: author.id, name: _entities[0].name } } } });
    for (const listener of listeners) listener.socket.send(`{"id":"${listener.id}","type":"next","payload":${data}}`);
  };

  const upstream = new WebSocket(reviewsUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  upstream.on('open', () => upstream.send('{"type":"connection_init"}'));
  upstream.on('message', (text) => {
    const message = JSON.parse(String(text)) as { type: string; payload?: { data: { reviewAdded: Review } } };
    if (message.type === 'connection_ack') upstream.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }));
    if (message.type === 'next' && message.payload) void deliver(message.payload.data.reviewAdded);
  });

  const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
  sockets.on('connection', (socket) => {
    socket.on('message', (text) => {
      const { id, type } = JSON.parse(String(text)) as ProtocolMessage;
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      else if (type === 'subscribe') {
        const listener = { socket, id };
        listeners.add(listener);
        socket.on('close', () => listeners.delete(listener));
      }
    });
  });
}
