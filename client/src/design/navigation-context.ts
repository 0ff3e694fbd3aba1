import { createContext, type RefObject } from 'react';

/** Whether somebody has navigated since the document was loaded. A freshly loaded document leaves the focus where browsers put it. */
export const NavigationContext = createContext<RefObject<boolean>>({ current: false });
