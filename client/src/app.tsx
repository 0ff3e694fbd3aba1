import { ApolloProvider } from '@apollo/client/react';
import { Suspense, lazy, useMemo } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { Loading } from './design/loading.tsx';
import { PaymentEventsProvider } from './feed/payment-events-provider.tsx';
import { createApolloClient } from './graphql/apollo-client.ts';
import { readEndpoint } from './graphql/endpoint.ts';
import { useSettings } from './settings/settings.ts';
import { Layout } from './shell/layout.tsx';

const AccountsPage = lazy(async () => ({ default: (await import('./accounts/accounts-page.tsx')).AccountsPage }));
const AccountPage = lazy(async () => ({ default: (await import('./accounts/account-page.tsx')).AccountPage }));
const FeedPage = lazy(async () => ({ default: (await import('./feed/feed-page.tsx')).FeedPage }));
const ChartsPage = lazy(async () => ({ default: (await import('./charts/charts-page.tsx')).ChartsPage }));
const OperatorPage = lazy(async () => ({ default: (await import('./operator/operator-page.tsx')).OperatorPage }));
const SettingsPage = lazy(async () => ({ default: (await import('./settings/settings-page.tsx')).SettingsPage }));

/** The routes, each page loaded when it is first opened; one Apollo Client for all, made anew when the transport is changed. */
export function App() {
  const { transport } = useSettings();
  const client = useMemo(() => createApolloClient({ endpoint: readEndpoint(document), transport }), [transport]);

  return (
    <ApolloProvider client={client}>
      <Router hook={useHashLocation}>
        <PaymentEventsProvider>
          <Layout>
            <Suspense fallback={<Loading what="the page" />}>
              <Switch>
                <Route path="/" component={AccountsPage} />
                <Route path="/accounts/:id">{({ id }) => <AccountPage key={id} id={id} />}</Route>
                <Route path="/feed" component={FeedPage} />
                <Route path="/charts" component={ChartsPage} />
                <Route path="/operator" component={OperatorPage} />
                <Route path="/settings" component={SettingsPage} />
                <Route>
                  <Redirect to="/" replace />
                </Route>
              </Switch>
            </Suspense>
          </Layout>
        </PaymentEventsProvider>
      </Router>
    </ApolloProvider>
  );
}
