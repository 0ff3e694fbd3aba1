/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Account($id: ID!) {\n    user(id: $id) {\n      id\n      name\n      createdAt\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        ...PaymentRow\n      }\n    }\n  }\n": typeof types.AccountDocument,
    "\n  query AccountPayments($id: ID!, $first: Int!, $after: String, $status: PaymentStatus) {\n    user(id: $id) {\n      id\n      payments(first: $first, after: $after, status: $status) {\n        edges {\n          cursor\n          node {\n            ...PaymentRow\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.AccountPaymentsDocument,
    "\n  query Accounts($first: Int!, $after: String) {\n    users(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.AccountsDocument,
    "\n  mutation CreateAccount($input: CreateUserInput!) {\n    createUser(input: $input) {\n      id\n      name\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n": typeof types.CreateAccountDocument,
    "\n  mutation Deposit($input: DepositInput!) {\n    deposit(input: $input) {\n      id\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n": typeof types.DepositDocument,
    "\n  fragment PaymentRow on Payment {\n    id\n    status\n    failureReason\n    description\n    requestedAt\n    processedAt\n    amount {\n      amount\n      currency\n    }\n  }\n": typeof types.PaymentRowFragmentDoc,
    "\n  subscription PaymentEvents($after: String) {\n    paymentProcessed(after: $after) {\n      cursor\n      occurredAt\n      payment {\n        id\n        status\n        failureReason\n        amount {\n          amount\n          currency\n        }\n        description\n        requestedAt\n        processedAt\n        user {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": typeof types.PaymentEventsDocument,
    "\n  query NewestPaymentEvent {\n    paymentEventsCursor\n  }\n": typeof types.NewestPaymentEventDocument,
    "\n  query FeedAccounts {\n    users(first: 100) {\n      nodes {\n        id\n        name\n      }\n    }\n  }\n": typeof types.FeedAccountsDocument,
    "\n  query SettledBalance($id: ID!) {\n    user(id: $id) {\n      id\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        id\n      }\n    }\n  }\n": typeof types.SettledBalanceDocument,
    "\n  fragment KnownUser on User {\n    balance {\n      amount\n    }\n  }\n": typeof types.KnownUserFragmentDoc,
    "\n  query OperatorProcessing {\n    processing {\n      paused\n      waiting\n      deadLettered\n    }\n  }\n": typeof types.OperatorProcessingDocument,
    "\n  query OperatorDeadLetters($first: Int!, $after: String) {\n    deadLetters(first: $first, after: $after) {\n      nodes {\n        id\n        queue\n        reason\n        attempts\n        firstFailedAt\n        lastFailedAt\n        type\n        paymentId\n        payloadPreview\n        payloadBytes\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.OperatorDeadLettersDocument,
    "\n  mutation OperatorPause {\n    pauseProcessing {\n      paused\n    }\n  }\n": typeof types.OperatorPauseDocument,
    "\n  mutation OperatorResume {\n    resumeProcessing {\n      paused\n    }\n  }\n": typeof types.OperatorResumeDocument,
    "\n  mutation OperatorRedriveOne($id: ID!) {\n    redriveDeadLetter(id: $id) {\n      paused\n    }\n  }\n": typeof types.OperatorRedriveOneDocument,
    "\n  mutation OperatorDiscard($id: ID!, $reason: String!, $by: String) {\n    discardDeadLetter(id: $id, reason: $reason, by: $by) {\n      paused\n    }\n  }\n": typeof types.OperatorDiscardDocument,
    "\n  mutation OperatorRedriveAll($limit: Int!) {\n    redriveDeadLetters(limit: $limit) {\n      paused\n    }\n  }\n": typeof types.OperatorRedriveAllDocument,
    "\n  mutation Pay($input: PayInput!) {\n    pay(input: $input) {\n      payment {\n        ...PaymentRow\n      }\n      user {\n        id\n        balance {\n          amount\n          currency\n        }\n        pendingPayments {\n          ...PaymentRow\n        }\n      }\n    }\n  }\n": typeof types.PayDocument,
};
const documents: Documents = {
    "\n  query Account($id: ID!) {\n    user(id: $id) {\n      id\n      name\n      createdAt\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        ...PaymentRow\n      }\n    }\n  }\n": types.AccountDocument,
    "\n  query AccountPayments($id: ID!, $first: Int!, $after: String, $status: PaymentStatus) {\n    user(id: $id) {\n      id\n      payments(first: $first, after: $after, status: $status) {\n        edges {\n          cursor\n          node {\n            ...PaymentRow\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.AccountPaymentsDocument,
    "\n  query Accounts($first: Int!, $after: String) {\n    users(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.AccountsDocument,
    "\n  mutation CreateAccount($input: CreateUserInput!) {\n    createUser(input: $input) {\n      id\n      name\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n": types.CreateAccountDocument,
    "\n  mutation Deposit($input: DepositInput!) {\n    deposit(input: $input) {\n      id\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n": types.DepositDocument,
    "\n  fragment PaymentRow on Payment {\n    id\n    status\n    failureReason\n    description\n    requestedAt\n    processedAt\n    amount {\n      amount\n      currency\n    }\n  }\n": types.PaymentRowFragmentDoc,
    "\n  subscription PaymentEvents($after: String) {\n    paymentProcessed(after: $after) {\n      cursor\n      occurredAt\n      payment {\n        id\n        status\n        failureReason\n        amount {\n          amount\n          currency\n        }\n        description\n        requestedAt\n        processedAt\n        user {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": types.PaymentEventsDocument,
    "\n  query NewestPaymentEvent {\n    paymentEventsCursor\n  }\n": types.NewestPaymentEventDocument,
    "\n  query FeedAccounts {\n    users(first: 100) {\n      nodes {\n        id\n        name\n      }\n    }\n  }\n": types.FeedAccountsDocument,
    "\n  query SettledBalance($id: ID!) {\n    user(id: $id) {\n      id\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        id\n      }\n    }\n  }\n": types.SettledBalanceDocument,
    "\n  fragment KnownUser on User {\n    balance {\n      amount\n    }\n  }\n": types.KnownUserFragmentDoc,
    "\n  query OperatorProcessing {\n    processing {\n      paused\n      waiting\n      deadLettered\n    }\n  }\n": types.OperatorProcessingDocument,
    "\n  query OperatorDeadLetters($first: Int!, $after: String) {\n    deadLetters(first: $first, after: $after) {\n      nodes {\n        id\n        queue\n        reason\n        attempts\n        firstFailedAt\n        lastFailedAt\n        type\n        paymentId\n        payloadPreview\n        payloadBytes\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.OperatorDeadLettersDocument,
    "\n  mutation OperatorPause {\n    pauseProcessing {\n      paused\n    }\n  }\n": types.OperatorPauseDocument,
    "\n  mutation OperatorResume {\n    resumeProcessing {\n      paused\n    }\n  }\n": types.OperatorResumeDocument,
    "\n  mutation OperatorRedriveOne($id: ID!) {\n    redriveDeadLetter(id: $id) {\n      paused\n    }\n  }\n": types.OperatorRedriveOneDocument,
    "\n  mutation OperatorDiscard($id: ID!, $reason: String!, $by: String) {\n    discardDeadLetter(id: $id, reason: $reason, by: $by) {\n      paused\n    }\n  }\n": types.OperatorDiscardDocument,
    "\n  mutation OperatorRedriveAll($limit: Int!) {\n    redriveDeadLetters(limit: $limit) {\n      paused\n    }\n  }\n": types.OperatorRedriveAllDocument,
    "\n  mutation Pay($input: PayInput!) {\n    pay(input: $input) {\n      payment {\n        ...PaymentRow\n      }\n      user {\n        id\n        balance {\n          amount\n          currency\n        }\n        pendingPayments {\n          ...PaymentRow\n        }\n      }\n    }\n  }\n": types.PayDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Account($id: ID!) {\n    user(id: $id) {\n      id\n      name\n      createdAt\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        ...PaymentRow\n      }\n    }\n  }\n"): (typeof documents)["\n  query Account($id: ID!) {\n    user(id: $id) {\n      id\n      name\n      createdAt\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        ...PaymentRow\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AccountPayments($id: ID!, $first: Int!, $after: String, $status: PaymentStatus) {\n    user(id: $id) {\n      id\n      payments(first: $first, after: $after, status: $status) {\n        edges {\n          cursor\n          node {\n            ...PaymentRow\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query AccountPayments($id: ID!, $first: Int!, $after: String, $status: PaymentStatus) {\n    user(id: $id) {\n      id\n      payments(first: $first, after: $after, status: $status) {\n        edges {\n          cursor\n          node {\n            ...PaymentRow\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Accounts($first: Int!, $after: String) {\n    users(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query Accounts($first: Int!, $after: String) {\n    users(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateAccount($input: CreateUserInput!) {\n    createUser(input: $input) {\n      id\n      name\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateAccount($input: CreateUserInput!) {\n    createUser(input: $input) {\n      id\n      name\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Deposit($input: DepositInput!) {\n    deposit(input: $input) {\n      id\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Deposit($input: DepositInput!) {\n    deposit(input: $input) {\n      id\n      balance {\n        amount\n        currency\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment PaymentRow on Payment {\n    id\n    status\n    failureReason\n    description\n    requestedAt\n    processedAt\n    amount {\n      amount\n      currency\n    }\n  }\n"): (typeof documents)["\n  fragment PaymentRow on Payment {\n    id\n    status\n    failureReason\n    description\n    requestedAt\n    processedAt\n    amount {\n      amount\n      currency\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PaymentEvents($after: String) {\n    paymentProcessed(after: $after) {\n      cursor\n      occurredAt\n      payment {\n        id\n        status\n        failureReason\n        amount {\n          amount\n          currency\n        }\n        description\n        requestedAt\n        processedAt\n        user {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription PaymentEvents($after: String) {\n    paymentProcessed(after: $after) {\n      cursor\n      occurredAt\n      payment {\n        id\n        status\n        failureReason\n        amount {\n          amount\n          currency\n        }\n        description\n        requestedAt\n        processedAt\n        user {\n          id\n          name\n          balance {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query NewestPaymentEvent {\n    paymentEventsCursor\n  }\n"): (typeof documents)["\n  query NewestPaymentEvent {\n    paymentEventsCursor\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FeedAccounts {\n    users(first: 100) {\n      nodes {\n        id\n        name\n      }\n    }\n  }\n"): (typeof documents)["\n  query FeedAccounts {\n    users(first: 100) {\n      nodes {\n        id\n        name\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SettledBalance($id: ID!) {\n    user(id: $id) {\n      id\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  query SettledBalance($id: ID!) {\n    user(id: $id) {\n      id\n      balance {\n        amount\n        currency\n      }\n      pendingPayments {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment KnownUser on User {\n    balance {\n      amount\n    }\n  }\n"): (typeof documents)["\n  fragment KnownUser on User {\n    balance {\n      amount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OperatorProcessing {\n    processing {\n      paused\n      waiting\n      deadLettered\n    }\n  }\n"): (typeof documents)["\n  query OperatorProcessing {\n    processing {\n      paused\n      waiting\n      deadLettered\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OperatorDeadLetters($first: Int!, $after: String) {\n    deadLetters(first: $first, after: $after) {\n      nodes {\n        id\n        queue\n        reason\n        attempts\n        firstFailedAt\n        lastFailedAt\n        type\n        paymentId\n        payloadPreview\n        payloadBytes\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query OperatorDeadLetters($first: Int!, $after: String) {\n    deadLetters(first: $first, after: $after) {\n      nodes {\n        id\n        queue\n        reason\n        attempts\n        firstFailedAt\n        lastFailedAt\n        type\n        paymentId\n        payloadPreview\n        payloadBytes\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OperatorPause {\n    pauseProcessing {\n      paused\n    }\n  }\n"): (typeof documents)["\n  mutation OperatorPause {\n    pauseProcessing {\n      paused\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OperatorResume {\n    resumeProcessing {\n      paused\n    }\n  }\n"): (typeof documents)["\n  mutation OperatorResume {\n    resumeProcessing {\n      paused\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OperatorRedriveOne($id: ID!) {\n    redriveDeadLetter(id: $id) {\n      paused\n    }\n  }\n"): (typeof documents)["\n  mutation OperatorRedriveOne($id: ID!) {\n    redriveDeadLetter(id: $id) {\n      paused\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OperatorDiscard($id: ID!, $reason: String!, $by: String) {\n    discardDeadLetter(id: $id, reason: $reason, by: $by) {\n      paused\n    }\n  }\n"): (typeof documents)["\n  mutation OperatorDiscard($id: ID!, $reason: String!, $by: String) {\n    discardDeadLetter(id: $id, reason: $reason, by: $by) {\n      paused\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OperatorRedriveAll($limit: Int!) {\n    redriveDeadLetters(limit: $limit) {\n      paused\n    }\n  }\n"): (typeof documents)["\n  mutation OperatorRedriveAll($limit: Int!) {\n    redriveDeadLetters(limit: $limit) {\n      paused\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Pay($input: PayInput!) {\n    pay(input: $input) {\n      payment {\n        ...PaymentRow\n      }\n      user {\n        id\n        balance {\n          amount\n          currency\n        }\n        pendingPayments {\n          ...PaymentRow\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Pay($input: PayInput!) {\n    pay(input: $input) {\n      payment {\n        ...PaymentRow\n      }\n      user {\n        id\n        balance {\n          amount\n          currency\n        }\n        pendingPayments {\n          ...PaymentRow\n        }\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;