import { Page } from '../design/page.tsx';

/** Every processed payment as it happens. */
export function FeedPage() {
  return <Page title="Live feed">…</Page>;
}
