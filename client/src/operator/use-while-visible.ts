import { useEffect, useEffectEvent } from 'react';

/**
 * Calls `look` again and again while somebody can see the page: not while the tab is hidden, and at once when it is shown again.
 * @param everyMs from the end of one look to the next
 */
export function useWhileVisible(look: () => Promise<unknown>, everyMs: number): void {
  const lookNow = useEffectEvent(look);

  useEffect(() => {
    let timer: number | undefined;
    let left = false;
    const next = (): void => {
      clearTimeout(timer);
      if (!left && !document.hidden) timer = window.setTimeout(run, everyMs);
    };
    const run = (): void => void lookNow().then(next, next);
    const onChange = (): void => {
      clearTimeout(timer);
      if (!document.hidden) run();
    };
    next();
    document.addEventListener('visibilitychange', onChange);
    return () => {
      left = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onChange);
    };
  }, [everyMs]);
}
