/** What of an AbortSignal is used here. A signal is one; something that costs less can be one too. */
export interface AbortNotice {
  readonly aborted: boolean;
  /** Called once, when it aborts. Whoever listens longer than his own work lasts keeps that work in memory: remove what is not needed any more. */
  addEventListener(type: 'abort', listener: AbortListener, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: AbortListener): void;
}

export type AbortListener = (() => void) | { handleEvent(): void };

/** The same as a signal, for what takes nothing else. */
export function toAbortSignal(notice: AbortNotice): AbortSignal {
  if (notice instanceof AbortSignal) return notice;
  const controller = new AbortController();
  if (notice.aborted) controller.abort();
  else notice.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}
