import { Page } from '../design/page.tsx';

export function AccountPage({ id }: { readonly id: string }) {
  return (
    <Page title={`Account ${id}`} back={{ to: '/', label: 'Accounts' }}>
      …
    </Page>
  );
}
