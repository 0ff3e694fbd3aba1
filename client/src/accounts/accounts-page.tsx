import { useQuery } from '@apollo/client/react';
import { Page } from '../design/page.tsx';
import { graphql } from '../gql/gql.ts';

const ACCOUNTS = graphql(`
  query Accounts($first: Int!, $after: String) {
    users(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          name
          balance {
            amount
            currency
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export function AccountsPage() {
  const { data } = useQuery(ACCOUNTS, { variables: { first: 20 } });
  return <Page title="Accounts">{data?.users.edges.length}</Page>;
}
