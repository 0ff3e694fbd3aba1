import { backoffDelayMs, pause } from '../../platform/foundation/backoff.ts';
import { connectWebSocket } from './graphql-client.ts';

const toSubscription = (fields: string): string => `subscription ($after: String, $userId: ID) {
  paymentProcessed(after: $after, userId: $userId) { cursor payment { id status ${fields} } }
}`;

export interface SeenEvent {
  readonly cursor: string;
  readonly payment: { readonly id: string; readonly status: string; readonly user: { readonly id: string; readonly name: string } };
}

/** A client that never gives up: when its stream breaks it comes back with the cursor of the last event it saw, later each time that nothing came. Disposing ends it. */
export interface ResumingSubscriber {
  readonly events: readonly SeenEvent[];
  /** How often it had to come back. */
  readonly resumed: number;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SubscriberOptions {
  /** Only this user's payments. */
  readonly userId?: string;
  /** What it selects of a payment besides id and status; default its user, with the name, which comes from users. */
  readonly fields?: string;
}

/** The other side may be frozen, or the connection lost on the way. */
const CONNECT_WITHIN_MS = 10_000;

/** @param after where to begin; undefined: from now on */
export function startResumingSubscriber(
  url: () => string,
  after?: string,
  { userId, fields = 'user { id name }' }: SubscriberOptions = {},
): ResumingSubscriber {
  const events: SeenEvent[] = [];
  const stop = new AbortController();
  let resumed = 0;
  let vain = 0;

  const readOnce = async (): Promise<void> => {
    const client = connectWebSocket(url(), CONNECT_WITHIN_MS);
    const leave = (): void => client.terminate();
    stop.signal.addEventListener('abort', leave);
    try {
      const stream = client.iterate<{ paymentProcessed: SeenEvent }>({
        query: toSubscription(fields),
        variables: { after: events.at(-1)?.cursor ?? after ?? null, userId: userId ?? null },
      });
      for await (const result of stream) {
        const event = result.data?.paymentProcessed;
        if (result.errors || !event) break; // a partial event: come back for the whole of it
        events.push(event);
        vain = 0;
      }
    } finally {
      stop.signal.removeEventListener('abort', leave);
      await client.dispose();
    }
  };
  const running = (async () => {
    while (!stop.signal.aborted) {
      await readOnce().catch(() => undefined); // the connection is gone: that is what this client is for
      resumed += 1;
      await pause(backoffDelayMs(vain, { maxMs: 2_000 }), stop.signal);
      vain += 1;
    }
  })();
  return {
    events,
    get resumed() {
      return resumed;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
