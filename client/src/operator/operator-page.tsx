import { Page } from '../design/page.tsx';

/** For those who look after the payments. */
export function OperatorPage() {
  return <Page title="Operator">…</Page>;
}
