import { Page } from '../design/page.tsx';

/** Payments as pictures. */
export function ChartsPage() {
  return <Page title="Charts">…</Page>;
}
