import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Readonly<Record<AlertProps['tone'], IconName>> = { info: 'info', success: 'check', warning: 'warning', danger: 'cross' };

export interface AlertProps {
  readonly tone: 'info' | 'success' | 'warning' | 'danger';
  readonly title?: ReactNode;
  /** A button or a link at the end. */
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

/** A message in the page. `danger` is read out at once; the others when the screen reader has time. */
export function Alert({ tone, title, action, children }: AlertProps) {
  return (
    <div className={`alert alert-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon name={ICONS[tone]} />
      <div className="alert-body">
        {title && <p className="alert-title">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action && <div className="alert-action">{action}</div>}
    </div>
  );
}
