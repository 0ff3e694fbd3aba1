import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface EmptyStateProps {
  readonly title: string;
  /** Default `inbox`. */
  readonly icon?: IconName;
  /** What to do about it. */
  readonly children?: ReactNode;
}

/** Where a list would be, when there is nothing in it. */
export function EmptyState({ title, icon = 'inbox', children }: EmptyStateProps) {
  return (
    <div className="empty-state">
      <Icon name={icon} size={28} />
      <p className="empty-state-title">{title}</p>
      {children && <div className="muted">{children}</div>}
    </div>
  );
}
