import { createContext, useContext } from 'react';

export const AnnounceContext = createContext<(text: string) => void>(() => undefined);

/** A function that has a screen reader say something, when it has finished what it is saying. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext);
}
