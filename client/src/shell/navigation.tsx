import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '../design/icon.tsx';

const PAGES: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: '/', label: 'Accounts', icon: 'accounts' },
  { to: '/feed', label: 'Live feed', icon: 'feed' },
  { to: '/charts', label: 'Charts', icon: 'charts' },
  { to: '/operator', label: 'Operator', icon: 'operator' },
  { to: '/settings', label: 'Settings', icon: 'settings' },
];

/** At the side on wide screens, at the bottom within a thumb's reach on phones. */
export function Navigation() {
  const [location] = useLocation();
  return (
    <nav className="navigation" aria-label="Pages">
      <ul>
        {PAGES.map(({ to, label, icon }) => (
          <li key={to}>
            <Link href={to} className="navigation-link" aria-current={isCurrent(to, location) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function isCurrent(to: string, location: string): boolean {
  return to === '/' ? location === '/' || location.startsWith('/accounts') : location.startsWith(to);
}
