/** The part of the browser's `Storage` that this app uses. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const instead = { browser: createMemoryStorage(), tab: createMemoryStorage() };

/** What all tabs share and a restart keeps; where the browser forbids it or it is full, something that lasts as long as the page. */
export function browserStorage(): KeyValueStorage {
  return usable(() => localStorage) ?? instead.browser;
}

/** What this tab keeps over reloads; otherwise as above. */
export function tabStorage(): KeyValueStorage {
  return usable(() => sessionStorage) ?? instead.tab;
}

function usable(open: () => Storage): Storage | undefined {
  try {
    const storage = open(); // throws where it is forbidden
    storage.setItem('paygraph.probe', '1'); // throws where it is full
    storage.removeItem('paygraph.probe');
    return storage;
  } catch {
    return undefined;
  }
}

/** Forgets everything when the page goes. */
export function createMemoryStorage(): KeyValueStorage {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
}
