import { useSyncExternalStore } from 'react';
import { browserStorage } from '../storage/browser-storage.ts';
import { toTransport, type Transport } from './transport.ts';

const TRANSPORT_KEY = 'paygraph.transport';
const listeners = new Set<() => void>();

/** What this browser prefers; kept in its local storage. */
export interface Settings {
  readonly transport: Transport;
}

/** The settings as they are now, also when another tab changes them. */
export function useSettings(): Settings {
  return { transport: useSyncExternalStore(subscribe, readTransport) };
}

/** Takes effect at once: the connection is made anew. */
export function saveTransport(transport: Transport): void {
  browserStorage().setItem(TRANSPORT_KEY, transport);
  for (const listener of listeners) listener();
}

function readTransport(): Transport {
  return toTransport(browserStorage().getItem(TRANSPORT_KEY));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('storage', listener);
  };
}
