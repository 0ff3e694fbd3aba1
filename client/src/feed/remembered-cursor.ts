import { parseRemembered, type RememberedCursor } from './parse-remembered.ts';

const KEY = 'paygraph.feed';

let ofThisPage: RememberedCursor | undefined;

/** @returns undefined when there is none, or nothing that can be used */
export function readRememberedCursor(now = Date.now()): RememberedCursor | undefined {
  return ofThisPage ?? parseRemembered(readStored(), now);
}

export function rememberCursor(remembered: RememberedCursor): void {
  ofThisPage = remembered;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(remembered));
  } catch {
    // where storage is forbidden, a reload begins from now
  }
}

function readStored(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
