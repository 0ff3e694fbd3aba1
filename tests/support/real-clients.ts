import { ApolloClient, type ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange, type Exchange, type OperationResult } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { SubscriptionClient } from 'subscriptions-transport-ws';
import { WebSocket } from 'ws';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';

/** One result as an application sees it, whatever its client makes of errors. */
export interface Seen {
  readonly data: unknown;
  /** Of all errors. */
  readonly codes: readonly unknown[];
}

/** What an application sees of one operation, in order; the queue ends when the client says that the operation did. */
export interface Reading {
  readonly seen: AsyncQueue<Seen>;
  /** As its user does. */
  unsubscribe(): void;
}

export interface RealClient {
  /** Starts any operation. */
  open(query: string): Reading;
  close(): void;
}

interface Sink {
  next(result: { data?: unknown; errors?: unknown; error?: unknown }): void;
  error(error: unknown): void;
  complete(): void;
}

/** @param start gives back how to unsubscribe */
function read(start: (sink: Sink) => () => void): Reading {
  const seen = new AsyncQueue<Seen>({ bound: 10_000 });
  const unsubscribe = start({
    next: ({ data, errors, error }) => seen.push({ data, codes: codesOf(errors ?? error) }),
    error(error) {
      seen.push({ data: undefined, codes: codesOf(error) });
      seen.end();
    },
    complete: () => seen.end(),
  });
  return { seen, unsubscribe };
}

function apollo(link: ApolloLink, dispose: () => unknown = () => undefined): RealClient {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const options = { errorPolicy: 'all', fetchPolicy: 'no-cache' } as const;
  return {
    open(query) {
      const document = gql(query);
      const { operation } = document.definitions.find(({ kind }) => kind === 'OperationDefinition') as { operation: string };
      if (operation === 'subscription')
        return read((sink) => {
          const subscription = client.subscribe({ query: document, ...options }).subscribe(sink);
          return () => subscription.unsubscribe();
        });
      return read((sink) => {
        const answer =
          operation === 'query' ? client.query({ query: document, ...options }) : client.mutate({ mutation: document, ...options });
        answer.then(sink.next).then(sink.complete, sink.error);
        return () => undefined;
      });
    },
    close() {
      client.stop();
      dispose();
    },
  };
}

function urql(url: string, exchange: Exchange, dispose: () => unknown = () => undefined): RealClient {
  const client = new UrqlClient({ url, exchanges: [exchange], fetchSubscriptions: true, preferGetMethod: false });
  return {
    open(query) {
      const kind = /^\s*(mutation|subscription)/.exec(query)?.[1] ?? 'query';
      const source =
        kind === 'query' ? client.query(query, {}) : kind === 'mutation' ? client.mutation(query, {}) : client.subscription(query, {});
      return read((sink) => readSource(source as unknown as Source<OperationResult>, sink));
    },
    close: () => void dispose(),
  };
}

/** As urql's documentation has it for both clients, which are called in the same way; queries and mutations go there as well. */
function forwardTo(client: { subscribe(request: { query: string }, sink: never): () => void }): Exchange {
  return subscriptionExchange({
    enableAllOperations: true,
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, ...(variables && { variables }) }, sink as never) }),
    }),
  });
}

/** A stream as urql has it. Its own `subscribe` does not tell of the end, which is the signal 0. */
type Source<T> = (sink: (signal: 0 | ({ readonly tag: 0 | 1 } & readonly [T | ((close: 0 | 1) => void)])) => void) => void;

function readSource(source: Source<OperationResult>, sink: Sink): () => void {
  let talkBack: ((close: 0 | 1) => void) | undefined;
  source((signal) => {
    if (signal === 0) return sink.complete();
    if (signal.tag === 0) talkBack = signal[0] as (close: 0 | 1) => void;
    else sink.next(signal[0] as OperationResult);
    talkBack?.(0);
  });
  return () => talkBack?.(1);
}

const webSocketUrl = (url: string): string => url.replace(/^http/, 'ws');
const openWs = (url: string) => createWsClient({ url: webSocketUrl(url), webSocketImpl: WebSocket, retryAttempts: 0 });
const openSse = (url: string, singleConnection = false) =>
  singleConnection ? createSseClient({ url, singleConnection, retryAttempts: 0 }) : createSseClient({ url, retryAttempts: 0 });

/** Clients that people use, in Node, each set up as its documentation says. */
export const REAL_CLIENTS: readonly { readonly name: string; readonly connect: (url: string) => RealClient }[] = [
  { name: 'Apollo Client 4, HttpLink (multipart)', connect: (url) => apollo(new HttpLink({ uri: url })) },
  {
    name: 'Apollo Client 4, GraphQLWsLink',
    connect(url) {
      const client = openWs(url);
      return apollo(new GraphQLWsLink(client), () => client.dispose());
    },
  },
  { name: 'urql, fetchSubscriptions (SSE)', connect: (url) => urql(url, fetchExchange) },
  {
    name: 'urql, subscriptionExchange over graphql-ws',
    connect(url) {
      const client = openWs(url);
      return urql(url, forwardTo(client), () => client.dispose());
    },
  },
  {
    name: 'urql, subscriptionExchange over graphql-sse',
    connect(url) {
      const client = openSse(url);
      return urql(url, forwardTo(client), () => client.dispose());
    },
  },
  {
    name: 'graphql-ws',
    connect(url) {
      const client = openWs(url);
      return { open: (query) => read((sink) => client.subscribe({ query }, sink as never)), close: () => void client.dispose() };
    },
  },
  ...[false, true].map((single) => ({
    name: `graphql-sse, ${single ? 'single connection' : 'distinct connections'}`,
    connect(url: string): RealClient {
      const client = openSse(url, single);
      return { open: (query) => read((sink) => client.subscribe({ query }, sink as never)), close: () => client.dispose() };
    },
  })),
  {
    name: 'subscriptions-transport-ws (legacy)',
    connect(url) {
      const client = new SubscriptionClient(webSocketUrl(url), { reconnect: false }, WebSocket);
      return {
        open: (query) => read((sink) => client.request({ query }).subscribe(sink as never).unsubscribe),
        close: () => client.close(),
      };
    },
  },
];

/** Clients wrap errors in their own ways: as a list, as `errors`, `graphQLErrors`, or as what the network gave. */
function codesOf(error: unknown): unknown[] {
  if (error === undefined || error === null) return [];
  if (Array.isArray(error)) return error.flatMap(codesOf);
  const { extensions, errors, graphQLErrors, networkError, response } = error as Record<string, unknown>;
  if (extensions) return [(extensions as { code?: unknown }).code];
  const inside = [errors, graphQLErrors, networkError].filter((part) => part !== undefined && (!Array.isArray(part) || part.length > 0));
  if (inside.length > 0) return inside.flatMap(codesOf);
  return [response instanceof Response ? response.status : String(error)]; // graphql-sse with one connection gives no more than the status
}
