/** The part of the browser's `Storage` that this app uses. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const inMemory = createMemoryStorage();

/** The browser's local storage; where it is forbidden or full, one that lasts as long as the page. */
export function browserStorage(): KeyValueStorage {
  try {
    const probe = 'paygraph.probe';
    localStorage.setItem(probe, probe);
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return inMemory;
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
