import { useContext, useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { NavigationContext } from './navigation-context.ts';
import { Icon } from './icon.tsx';

export interface PageProps {
  /** The heading, and with the product's name the title of the tab. */
  readonly title: string;
  /** One sentence below the heading. */
  readonly lead?: ReactNode;
  /** Buttons beside the heading. */
  readonly actions?: ReactNode;
  /** The page above this one. */
  readonly back?: { readonly to: string; readonly label: string };
  readonly children: ReactNode;
}

/** A page's frame. When somebody navigates to it, its heading takes the focus, so that a screen reader reads where one is. */
export function Page({ title, lead, actions, back, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const hasNavigated = useContext(NavigationContext);

  useEffect(() => {
    document.title = `${title} · paygraph`;
  }, [title]);

  useEffect(() => {
    if (!hasNavigated.current) return;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [hasNavigated]);

  return (
    <div className="page">
      {back && (
        <Link className="page-back" href={back.to}>
          <Icon name="back" size={16} />
          {back.label}
        </Link>
      )}
      <header className="page-header">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className="page-lead">{lead}</p>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </header>
      <div className="stack page-body">{children}</div>
    </div>
  );
}
