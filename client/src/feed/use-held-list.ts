import { useState } from 'react';

/** The items as they come; while `held`, as they were when it began, so that nothing moves under somebody who reads. */
export function useHeldList<Item>(items: readonly Item[], held: boolean): readonly Item[] {
  const [kept, setKept] = useState<readonly Item[]>();
  if (held && !kept) setKept(items);
  if (!held && kept) setKept(undefined);
  return held && kept ? kept : items;
}
