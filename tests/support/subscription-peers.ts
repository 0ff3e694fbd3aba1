import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginSubscriptionCallback } from '@apollo/server/plugin/subscriptionCallback';
import {
  GraphQLError,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  execute,
  parse,
  subscribe,
  validate,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SubscriptionServer } from 'subscriptions-transport-ws';
import { WebSocketServer } from 'ws';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import type { SubscriptionProtocol } from '../../gateway/subgraphs/subscription-protocol.ts';

/** What a peer serves: a log of events that can be continued, and what tests want to see of it. */
export class Feed {
  /** The subscription whose events are the feed's. */
  readonly field: string;
  readonly events: number[] = [];
  readonly readers = new Set<AsyncQueue<number>>();
  /** What each subscription came with. */
  readonly authorizations: (string | undefined)[] = [];

  constructor(field = 'tick') {
    this.field = field;
  }

  push(n: number): void {
    this.events.push(n);
    for (const reader of this.readers) reader.push(n);
  }

  end(): void {
    for (const reader of [...this.readers]) reader.end();
  }

  open(after: string | undefined | null): AsyncIterable<number> {
    const reader: AsyncQueue<number> = new AsyncQueue({ bound: 100_000, onReturn: () => this.readers.delete(reader) });
    this.readers.add(reader);
    if (after !== undefined && after !== null) for (const n of this.events.filter((event) => event > Number(after))) reader.push(n);
    return reader;
  }

  /** @param authorizationOf what the peer's context knows of the caller */
  schema(authorizationOf: (context: unknown) => string | undefined): GraphQLSchema {
    const subscription = new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        [this.field]: {
          type: new GraphQLNonNull(GraphQLInt),
          args: { after: { type: GraphQLString } },
          subscribe: (_source, { after }: { after?: string | null }, context: unknown) => {
            this.authorizations.push(authorizationOf(context));
            return this.open(after);
          },
          resolve: (n: unknown) => n,
        },
        odd: {
          type: GraphQLInt,
          subscribe: () => this.open(undefined),
          resolve(n: unknown) {
            if (Number(n) % 2 === 0) throw new GraphQLError('it is even', { extensions: { code: 'EVEN' } });
            return n;
          },
        },
        text: {
          type: GraphQLString,
          args: { length: { type: GraphQLInt } },
          subscribe: () => this.open(undefined),
          resolve: (_n, { length }: { length: number }) => '🎉é'.repeat(length),
        },
      },
    });
    const query = new GraphQLObjectType({ name: 'Query', fields: { ping: { type: GraphQLInt } } });
    return new GraphQLSchema({ query, subscription });
  }
}

export interface RunningPeer extends AsyncDisposable {
  readonly feed: Feed;
  /** `http://127.0.0.1:port/graphql` */
  readonly url: string;
  readonly port: number;
}

/** A server that is not ours, one for each protocol towards subgraphs. */
export interface SubscriptionPeer {
  readonly protocol: Exclude<SubscriptionProtocol, 'auto'>;
  /** @param field what the subscription is called; default `tick` */
  start(field?: string): Promise<RunningPeer>;
}

const headerOf = (context: unknown): string | undefined => (context as { authorization?: string } | undefined)?.authorization;

const graphqlWs: SubscriptionPeer = {
  protocol: 'graphql-transport-ws',
  async start(field) {
    const feed = new Feed(field);
    const http = createServer();
    const server = new WebSocketServer({
      server: http,
      handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
    });
    useServer({ schema: feed.schema(headerOf), context: ({ extra }) => ({ authorization: extra.request.headers.authorization }) }, server);
    return running(http, feed);
  },
};

const legacy: SubscriptionPeer = {
  protocol: 'graphql-ws',
  async start(field) {
    const feed = new Feed(field);
    const http = createServer();
    const onConnect = (parameters: { authorization?: string }): object => parameters;
    SubscriptionServer.create({ schema: feed.schema(headerOf), execute, subscribe, onConnect, keepAlive: 1_000 } as never, {
      server: http,
      path: '/graphql',
    });
    return running(http, feed);
  },
};

const sse: SubscriptionPeer = {
  protocol: 'sse',
  async start(field) {
    const feed = new Feed(field);
    const handler = createHandler({
      schema: feed.schema(headerOf),
      context: (request) => ({ authorization: request.raw.headers.authorization }),
    });
    const http = createServer((request, response) => void handler(request, response).catch(() => response.destroy()));
    return running(http, feed);
  },
};

/** As the documents of the multipart protocol and the Apollo Router write it. */
const multipart: SubscriptionPeer = {
  protocol: 'multipart',
  async start(field) {
    const feed = new Feed(field);
    const schema = feed.schema(headerOf);
    const http = createServer((request, response) => void answerInParts(schema, request, response).catch(() => response.destroy()));
    return running(http, feed);
  },
};

async function answerInParts(schema: GraphQLSchema, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  if (!request.headers.accept?.includes('multipart/mixed')) return void response.writeHead(406).end();
  const { query, variables } = JSON.parse(text) as { query: string; variables?: Record<string, unknown> };
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length > 0) return void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
  const results = await subscribe({
    schema,
    document,
    variableValues: variables ?? null,
    contextValue: { authorization: request.headers.authorization },
  });
  if (!(Symbol.asyncIterator in results))
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(results));
  response.writeHead(200, { 'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0' });
  const write = (part: object): boolean => response.write(`\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(part)}\r\n--graphql`);
  response.write('\r\n--graphql');
  write({});
  response.on('close', () => void results.return?.(undefined));
  for await (const payload of results) write({ payload });
  response.end('--\r\n');
}

const callback: SubscriptionPeer = {
  protocol: 'callback',
  async start(field) {
    const feed = new Feed(field);
    let closed = false;
    const server = new ApolloServer<{ authorization?: string | undefined }>({
      schema: feed.schema(headerOf),
      plugins: [
        ApolloServerPluginSubscriptionCallback({
          // It does not handle the failure of its last messages, when nobody listens any more.
          fetcher: (async (url: string, init: RequestInit) => (closed ? new Response(null, { status: 404 }) : fetch(url, init))) as never,
        }),
      ],
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    const { startStandaloneServer } = await import('@apollo/server/standalone');
    const { url } = await startStandaloneServer(server, {
      listen: { port: 0, host: '127.0.0.1' },
      context: async ({ req }) => ({ authorization: req.headers.authorization }),
    });
    return {
      feed,
      url: `${url}graphql`,
      port: Number(new URL(url).port),
      async [Symbol.asyncDispose]() {
        closed = true;
        feed.end();
        await server.stop();
      },
    };
  },
};

export const SUBSCRIPTION_PEERS: readonly SubscriptionPeer[] = [graphqlWs, legacy, sse, multipart, callback];

async function running(http: Server, feed: Feed): Promise<RunningPeer> {
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    feed,
    url: `http://127.0.0.1:${port}/graphql`,
    port,
    async [Symbol.asyncDispose]() {
      feed.end();
      await new Promise(setImmediate); // what they say about the end should find its socket
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
