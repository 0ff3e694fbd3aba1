import { createMemoryStorage, type KeyValueStorage } from './key-value-storage.ts';

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
