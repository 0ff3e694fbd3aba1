import type { ApolloClient } from '@apollo/client';
import { graphql } from '../gql/gql.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';

const SETTLED_BALANCE = graphql(`
  query SettledBalance($id: ID!) {
    user(id: $id) {
      id
      balance {
        amount
        currency
      }
      pendingPayments {
        id
      }
    }
  }
`);

const KNOWN_USER = graphql(`
  fragment KnownUser on User {
    balance {
      amount
    }
  }
`);

/** The users service hears of an outcome when this page does, so the credit may still be on its way. */
const LOOK_AFTER_MS = [150, 400, 1_000, 3_000, 10_000];
/** Users at a time; whoever is left out gets the balance with the next event. */
const MAX_USERS = 20;

/** Reads the balance of users whose payment failed until the amount was credited back. Only of users that a page has shown. */
export interface SettledBalances {
  afterEvents(events: readonly PaymentEventRecord[]): void;
  stop(): void;
}

export function createSettledBalances(client: ApolloClient): SettledBalances {
  const waiting = new Map<string, Set<string>>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let stopped = false;

  const look = async (userId: string, turn: number): Promise<void> => {
    const settled = await readIsSettled(client, userId, waiting.get(userId) ?? new Set()).catch(() => false); // away: the next turn
    if (stopped) return;
    const next = LOOK_AFTER_MS[turn + 1];
    if (!settled && next !== undefined) return later(next, () => look(userId, turn + 1));
    waiting.delete(userId);
    if (settled) await readIsSettled(client, userId, new Set()).catch(() => false); // the balance of before may have been read just before the credit
  };
  const later = (ms: number, run: () => Promise<void>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void run();
    }, ms);
    timers.add(timer);
  };

  return {
    afterEvents(events) {
      for (const { payment } of events) {
        if (payment.status !== 'FAILED') continue;
        const of = waiting.get(payment.user.id);
        if (of) of.add(payment.id);
        else if (waiting.size < MAX_USERS && isKnown(client, payment.user.id)) {
          waiting.set(payment.user.id, new Set([payment.id]));
          later(LOOK_AFTER_MS[0] ?? 0, () => look(payment.user.id, 0));
        }
      }
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function isKnown(client: ApolloClient, userId: string): boolean {
  const id = client.cache.identify({ __typename: 'User', id: userId });
  return id !== undefined && client.cache.readFragment({ id, fragment: KNOWN_USER }) !== null;
}

async function readIsSettled(client: ApolloClient, userId: string, failed: ReadonlySet<string>): Promise<boolean> {
  const { data } = await client.query({ query: SETTLED_BALANCE, variables: { id: userId }, fetchPolicy: 'network-only' });
  return !data?.user?.pendingPayments.some(({ id }) => failed.has(id));
}
