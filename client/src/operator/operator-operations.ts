import { graphql } from '../gql/gql.ts';

export const PROCESSING = graphql(`
  query OperatorProcessing {
    processing {
      paused
      waiting
      deadLettered
    }
  }
`);

export const DEAD_LETTERS = graphql(`
  query OperatorDeadLetters($first: Int!, $after: String) {
    deadLetters(first: $first, after: $after) {
      nodes {
        id
        queue
        reason
        attempts
        firstFailedAt
        lastFailedAt
        type
        paymentId
        payloadPreview
        payloadBytes
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const PAUSE = graphql(`
  mutation OperatorPause {
    pauseProcessing {
      paused
    }
  }
`);

export const RESUME = graphql(`
  mutation OperatorResume {
    resumeProcessing {
      paused
    }
  }
`);

export const REDRIVE_ONE = graphql(`
  mutation OperatorRedriveOne($id: ID!) {
    redriveDeadLetter(id: $id) {
      paused
    }
  }
`);

export const DISCARD = graphql(`
  mutation OperatorDiscard($id: ID!, $reason: String!, $by: String) {
    discardDeadLetter(id: $id, reason: $reason, by: $by) {
      paused
    }
  }
`);

export const REDRIVE_ALL = graphql(`
  mutation OperatorRedriveAll($limit: Int!) {
    redriveDeadLetters(limit: $limit) {
      paused
    }
  }
`);
