/** The last event that this tab saw, over reloads. */
export interface RememberedCursor {
  readonly cursor: string;
  /** When it was up to date, milliseconds since 1970. */
  readonly at: number;
}

/** Older ones are not gone on from: who comes back after a day wants to see now. */
const MAX_AGE_MS = 24 * 3_600_000;

/** What a browser has stored may be anything, and of any age. */
export function parseRemembered(text: string | null, now: number): RememberedCursor | undefined {
  try {
    const { cursor, at } = (JSON.parse(text ?? 'null') ?? {}) as Partial<RememberedCursor>;
    const usable = typeof cursor === 'string' && typeof at === 'number' && at <= now && now - at < MAX_AGE_MS;
    return usable ? { cursor, at } : undefined;
  } catch {
    return undefined;
  }
}
