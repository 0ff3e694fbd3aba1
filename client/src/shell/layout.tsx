import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { NavigationContext } from '../design/navigation-context.ts';
import { Announcer } from './announcer.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';

/** What is around every page: the name, the ways to the pages, and the place where news is read out. */
export function Layout({ children }: { readonly children: ReactNode }) {
  const hasNavigated = useRef(false);
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    const remember = (): void => {
      hasNavigated.current = true;
    };
    addEventListener('hashchange', remember);
    return () => removeEventListener('hashchange', remember);
  }, []);

  return (
    <NavigationContext value={hasNavigated}>
      <Announcer>
        <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
          Skip to the content
        </button>
        <div className="shell">
          <header className="shell-header">
            <Link className="brand" href="/">
              <Logo />
              paygraph
            </Link>
            <Navigation />
          </header>
          <main className="shell-main" ref={main} tabIndex={-1}>
            {children}
          </main>
        </div>
      </Announcer>
    </NavigationContext>
  );
}
