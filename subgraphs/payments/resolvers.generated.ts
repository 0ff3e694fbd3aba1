import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Money as MoneyValue } from '../money.ts';
import type { PaymentRow } from './payment-store.ts';
import type { UserReference, PausedState, RequestContext } from './context.ts';
import type { ProcessedEvent } from './processed-events.ts';
import type { Connection } from '../connections.ts';
import type { DeadLetter as DeadLetterValue } from '../../platform/messaging/dead-letter.ts';
import type { DiscardedLetter } from './discarded-letters.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An ISO 4217 currency code, such as `MXN`. */
  Currency: { input: unknown; output: string; }
  /** A moment in UTC as RFC 3339 writes it, `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: Date; output: Date; }
  /** A plain decimal number as a string, `"25.00"`; as input also an integer. At most as many digits after the point as its currency has, and no sign, exponent or space. */
  Decimal: { input: unknown; output: string; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** A message that was set aside because it could not be processed. It waits for a person: mend the cause, then send it back. */
export type DeadLetter = {
  readonly __typename?: 'DeadLetter';
  /** How often its processing was tried, from 1. */
  readonly attempts: Scalars['Int']['output'];
  /** When its processing first failed; null when the message does not say. */
  readonly firstFailedAt: Maybe<Scalars['DateTime']['output']>;
  /** Its identifier while it lies there: pass it to `redriveDeadLetter`. A message that is set aside again gets a new one. */
  readonly id: Scalars['ID']['output'];
  /** When its processing failed last and it was set aside; null when the message does not say. */
  readonly lastFailedAt: Maybe<Scalars['DateTime']['output']>;
  /** How long its contents are, in bytes. */
  readonly payloadBytes: Scalars['Int']['output'];
  /** The beginning of its contents, at most 1,000 characters. What is no readable text is replaced by U+FFFD; an ellipsis ends what was cut off. */
  readonly payloadPreview: Scalars['String']['output'];
  /** The payment it is about; null when that cannot be read. A payment that could not be processed may not be known yet. */
  readonly paymentId: Maybe<Scalars['ID']['output']>;
  /** The queue it could not be processed from, and goes back to: `payments.requested`, or `users.payment-outcomes`. */
  readonly queue: Scalars['String']['output'];
  /** Why it was set aside: a code and a sentence, `MESSAGE_MALFORMED: the message is not JSON`. */
  readonly reason: Scalars['String']['output'];
  /** What kind of message it says it is, such as `payment.requested.v1`; null when that cannot be read. */
  readonly type: Maybe<Scalars['String']['output']>;
};

/** One page of messages that were set aside. */
export type DeadLetterConnection = {
  readonly __typename?: 'DeadLetterConnection';
  /** The messages of this page with their cursors. */
  readonly edges: ReadonlyArray<DeadLetterEdge>;
  /** The messages of this page. */
  readonly nodes: ReadonlyArray<DeadLetter>;
  /** Where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** A message that was set aside, in a page. */
export type DeadLetterEdge = {
  readonly __typename?: 'DeadLetterEdge';
  /** Points at this message: pass it as `after`. Stays good when the message is gone. */
  readonly cursor: Scalars['String']['output'];
  /** The message. */
  readonly node: DeadLetter;
};

/** A message that was set aside and thrown away. It is kept whole in the payments database, for good. */
export type DiscardedDeadLetter = {
  readonly __typename?: 'DiscardedDeadLetter';
  /** How often its processing was tried, from 1. */
  readonly attempts: Scalars['Int']['output'];
  /** When it was thrown away. */
  readonly discardedAt: Scalars['DateTime']['output'];
  /** Who did it, as they called themselves; null when they did not say. */
  readonly discardedBy: Maybe<Scalars['String']['output']>;
  /** Its identifier among those that were thrown away. */
  readonly id: Scalars['ID']['output'];
  /** Why it had been set aside: a code and a sentence. */
  readonly parkedReason: Scalars['String']['output'];
  /** How long its contents are, in bytes. */
  readonly payloadBytes: Scalars['Int']['output'];
  /** The beginning of its contents, at most 1,000 characters. */
  readonly payloadPreview: Scalars['String']['output'];
  /** The payment it was about; null when that could not be read. */
  readonly paymentId: Maybe<Scalars['ID']['output']>;
  /** The queue it could not be processed from. */
  readonly queue: Scalars['String']['output'];
  /** Why, in their words. */
  readonly reason: Scalars['String']['output'];
  /** What kind of message it said it was; null when that could not be read. */
  readonly type: Maybe<Scalars['String']['output']>;
};

/** One page of messages that were thrown away. */
export type DiscardedDeadLetterConnection = {
  readonly __typename?: 'DiscardedDeadLetterConnection';
  /** The messages of this page with their cursors. */
  readonly edges: ReadonlyArray<DiscardedDeadLetterEdge>;
  /** The messages of this page. */
  readonly nodes: ReadonlyArray<DiscardedDeadLetter>;
  /** Where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** A message that was thrown away, in a page. */
export type DiscardedDeadLetterEdge = {
  readonly __typename?: 'DiscardedDeadLetterEdge';
  /** Points at this message: pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The message. */
  readonly node: DiscardedDeadLetter;
};

/** An amount in one currency. */
export type Money = {
  readonly __typename?: 'Money';
  /** How much, with as many digits after the point as the currency has. */
  readonly amount: Scalars['Decimal']['output'];
  /** In which currency. */
  readonly currency: Scalars['Currency']['output'];
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Throws one message away that was set aside, after recording it whole. What it asked for will not happen: a payment whose request is thrown away is asked for
   * again by users until its outcome is known. It is refused with `DEAD_LETTER_NOT_FOUND` when it does not lie there any more.
   */
  readonly discardDeadLetter: ProcessingState;
  /** Stops the processing of payments on all replicas, also across restarts. Payments go on being accepted and wait in the queue. */
  readonly pauseProcessing: ProcessingState;
  /** Sends one message that was set aside back to be processed again. It is refused with `DEAD_LETTER_NOT_FOUND` when it does not lie there any more. */
  readonly redriveDeadLetter: ProcessingState;
  /** Sends messages that were set aside back to be processed again, oldest first. */
  readonly redriveDeadLetters: ProcessingState;
  /** Goes on processing. After a restore of payments it is refused with `RECONCILE_FIRST` until reconcile has told what was lost. */
  readonly resumeProcessing: ProcessingState;
};


export type MutationDiscardDeadLetterArgs = {
  by?: InputMaybe<Scalars['String']['input']>;
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};


export type MutationRedriveDeadLetterArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRedriveDeadLettersArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
};

/** Where one page of a list begins and ends. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Cursor of the last item: pass it as `after` to get the next page; null on an empty page. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there is more after this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is something before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first item; null on an empty page. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/** One payment. The payments service owns its life; the users service answers for it until the outcome is known. */
export type Payment = {
  readonly __typename?: 'Payment';
  /** How much is paid. */
  readonly amount: Money;
  /** What the payment is for, in the payer's words. */
  readonly description: Maybe<Scalars['String']['output']>;
  /** Why it failed; null unless it did. */
  readonly failureReason: Maybe<PaymentFailureReason>;
  /** The payment's identifier, given when it was accepted. */
  readonly id: Scalars['ID']['output'];
  /** When its processing ended; null while it is pending. */
  readonly processedAt: Maybe<Scalars['DateTime']['output']>;
  /** When the payment was accepted. */
  readonly requestedAt: Scalars['DateTime']['output'];
  /** Where the payment stands. */
  readonly status: PaymentStatus;
  /** Who pays. */
  readonly user: User;
};

/** One page of payments. */
export type PaymentConnection = {
  readonly __typename?: 'PaymentConnection';
  /** The payments of this page with their cursors. */
  readonly edges: ReadonlyArray<PaymentEdge>;
  /** The payments of this page. */
  readonly nodes: ReadonlyArray<Payment>;
  /** Where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** A payment in a page. */
export type PaymentEdge = {
  readonly __typename?: 'PaymentEdge';
  /** Points at this payment: pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The payment. */
  readonly node: Payment;
};

/** One payment whose processing ended. */
export type PaymentEvent = {
  readonly __typename?: 'PaymentEvent';
  /** This event's place among all events: pass it as `after` to continue behind it. */
  readonly cursor: Scalars['String']['output'];
  /** When the processing ended. */
  readonly occurredAt: Scalars['DateTime']['output'];
  /** The payment, PROCESSED or FAILED. */
  readonly payment: Payment;
};

/** Why a payment failed. */
export type PaymentFailureReason =
  /** The amount is above the limit for one payment. */
  | 'LIMIT_EXCEEDED';

/** Where a payment stands. */
export type PaymentStatus =
  /** Refused; the amount was, or is about to be, credited back. Final. */
  | 'FAILED'
  /** Accepted and debited; not processed yet. */
  | 'PENDING'
  /** Booked in the ledger. Final. */
  | 'PROCESSED';

/** How the processing of payments is doing. */
export type ProcessingState = {
  readonly __typename?: 'ProcessingState';
  /** Messages that were set aside because they could not be processed: requests of payments, and outcomes that users could not take. */
  readonly deadLettered: Scalars['Int']['output'];
  /** Whether an operator has paused it. Messages then wait in the queue. */
  readonly paused: Scalars['Boolean']['output'];
  /** Messages of payments that wait to be processed, those waiting for another attempt included. A request that was sent again counts twice. */
  readonly waiting: Scalars['Int']['output'];
};

export type Query = {
  readonly __typename?: 'Query';
  /** Messages that were set aside, those set aside first coming first. Looks at the oldest 10,000 of each queue; they stay where they are. */
  readonly deadLetters: DeadLetterConnection;
  /** Messages that were set aside and thrown away, newest first. */
  readonly discardedDeadLetters: DiscardedDeadLetterConnection;
  /** The payment with this identifier; null when the payments service has not heard of it yet. */
  readonly payment: Maybe<Payment>;
  /** Cursor of the newest event, also when there was none yet: pass it as `after` to hear everything from now on. */
  readonly paymentEventsCursor: Scalars['String']['output'];
  /** Payments that the payments service knows, newest first. */
  readonly payments: PaymentConnection;
  /** How the processing of payments is doing. */
  readonly processing: ProcessingState;
};


export type QueryDeadLettersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryDiscardedDeadLettersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPaymentArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPaymentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  status?: InputMaybe<PaymentStatus>;
  userId?: InputMaybe<Scalars['ID']['input']>;
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  /** Every payment whose processing ended, PROCESSED or FAILED. With after, first everything since that cursor, then live, without a gap or a repeat. */
  readonly paymentProcessed: PaymentEvent;
};


export type SubscriptionPaymentProcessedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** Somebody who holds a balance and pays from it. */
export type User = {
  readonly __typename?: 'User';
  /** The user's identifier, given by the users service. */
  readonly id: Scalars['ID']['output'];
  /** The user's payments that the payments service knows, newest first. */
  readonly payments: PaymentConnection;
};


/** Somebody who holds a balance and pays from it. */
export type UserPaymentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  status?: InputMaybe<PaymentStatus>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Payment: Payment;
  User: User;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Payment:
    ( { __typename: 'Payment' }
    & GraphQLRecursivePick<FederationTypes['Payment'], {"id":true}> );
  User:
    ( { __typename: 'User' }
    & GraphQLRecursivePick<FederationTypes['User'], {"id":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Currency: ResolverTypeWrapper<Scalars['Currency']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeadLetter: ResolverTypeWrapper<DeadLetterValue>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  DeadLetterConnection: ResolverTypeWrapper<Connection<DeadLetterValue>>;
  DeadLetterEdge: ResolverTypeWrapper<Omit<DeadLetterEdge, 'node'> & { node: ResolversTypes['DeadLetter'] }>;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  DiscardedDeadLetter: ResolverTypeWrapper<DiscardedLetter>;
  DiscardedDeadLetterConnection: ResolverTypeWrapper<Connection<DiscardedLetter>>;
  DiscardedDeadLetterEdge: ResolverTypeWrapper<Omit<DiscardedDeadLetterEdge, 'node'> & { node: ResolversTypes['DiscardedDeadLetter'] }>;
  Money: ResolverTypeWrapper<MoneyValue>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Payment: ResolverTypeWrapper<PaymentRow>;
  PaymentConnection: ResolverTypeWrapper<Connection<PaymentRow>>;
  PaymentEdge: ResolverTypeWrapper<Omit<PaymentEdge, 'node'> & { node: ResolversTypes['Payment'] }>;
  PaymentEvent: ResolverTypeWrapper<ProcessedEvent>;
  PaymentFailureReason: PaymentFailureReason;
  PaymentStatus: PaymentStatus;
  ProcessingState: ResolverTypeWrapper<PausedState>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  User: ResolverTypeWrapper<UserReference>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Currency: Scalars['Currency']['output'];
  DateTime: Scalars['DateTime']['output'];
  DeadLetter: DeadLetterValue;
  Int: Scalars['Int']['output'];
  ID: Scalars['ID']['output'];
  String: Scalars['String']['output'];
  DeadLetterConnection: Connection<DeadLetterValue>;
  DeadLetterEdge: Omit<DeadLetterEdge, 'node'> & { node: ResolversParentTypes['DeadLetter'] };
  Decimal: Scalars['Decimal']['output'];
  DiscardedDeadLetter: DiscardedLetter;
  DiscardedDeadLetterConnection: Connection<DiscardedLetter>;
  DiscardedDeadLetterEdge: Omit<DiscardedDeadLetterEdge, 'node'> & { node: ResolversParentTypes['DiscardedDeadLetter'] };
  Money: MoneyValue;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  Payment: PaymentRow;
  PaymentConnection: Connection<PaymentRow>;
  PaymentEdge: Omit<PaymentEdge, 'node'> & { node: ResolversParentTypes['Payment'] };
  PaymentEvent: ProcessedEvent;
  ProcessingState: PausedState;
  Query: Record<PropertyKey, never>;
  Subscription: Record<PropertyKey, never>;
  User: UserReference;
};

export interface CurrencyScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Currency'], any> {
  name: 'Currency';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeadLetterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeadLetter'] = ResolversParentTypes['DeadLetter']> = {
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  firstFailedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastFailedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  payloadBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  payloadPreview?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  paymentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  queue?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DeadLetterConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeadLetterConnection'] = ResolversParentTypes['DeadLetterConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['DeadLetterEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['DeadLetter']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type DeadLetterEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeadLetterEdge'] = ResolversParentTypes['DeadLetterEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['DeadLetter'], ParentType, ContextType>;
};

export interface DecimalScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Decimal'], any> {
  name: 'Decimal';
}

export type DiscardedDeadLetterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DiscardedDeadLetter'] = ResolversParentTypes['DiscardedDeadLetter']> = {
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  discardedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  discardedBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  parkedReason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  payloadBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  payloadPreview?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  paymentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  queue?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DiscardedDeadLetterConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DiscardedDeadLetterConnection'] = ResolversParentTypes['DiscardedDeadLetterConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['DiscardedDeadLetterEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['DiscardedDeadLetter']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type DiscardedDeadLetterEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DiscardedDeadLetterEdge'] = ResolversParentTypes['DiscardedDeadLetterEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['DiscardedDeadLetter'], ParentType, ContextType>;
};

export type MoneyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Money'] = ResolversParentTypes['Money']> = {
  amount?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  discardDeadLetter?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType, RequireFields<MutationDiscardDeadLetterArgs, 'id' | 'reason'>>;
  pauseProcessing?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType>;
  redriveDeadLetter?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType, RequireFields<MutationRedriveDeadLetterArgs, 'id'>>;
  redriveDeadLetters?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType, RequireFields<MutationRedriveDeadLettersArgs, 'limit'>>;
  resumeProcessing?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PaymentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Payment'] = ResolversParentTypes['Payment'], FederationReferenceType extends FederationReferenceTypes['Payment'] = FederationReferenceTypes['Payment']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Payment']> | FederationReferenceType, FederationReferenceType, ContextType>;
  amount?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  failureReason?: Resolver<Maybe<ResolversTypes['PaymentFailureReason']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  processedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['PaymentStatus'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type PaymentConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PaymentConnection'] = ResolversParentTypes['PaymentConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PaymentEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Payment']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PaymentEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PaymentEdge'] = ResolversParentTypes['PaymentEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Payment'], ParentType, ContextType>;
};

export type PaymentEventResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PaymentEvent'] = ResolversParentTypes['PaymentEvent']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  occurredAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  payment?: Resolver<ResolversTypes['Payment'], ParentType, ContextType>;
};

export type ProcessingStateResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ProcessingState'] = ResolversParentTypes['ProcessingState']> = {
  deadLettered?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  paused?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  waiting?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  deadLetters?: Resolver<ResolversTypes['DeadLetterConnection'], ParentType, ContextType, RequireFields<QueryDeadLettersArgs, 'first'>>;
  discardedDeadLetters?: Resolver<ResolversTypes['DiscardedDeadLetterConnection'], ParentType, ContextType, RequireFields<QueryDiscardedDeadLettersArgs, 'first'>>;
  payment?: Resolver<Maybe<ResolversTypes['Payment']>, ParentType, ContextType, RequireFields<QueryPaymentArgs, 'id'>>;
  paymentEventsCursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  payments?: Resolver<ResolversTypes['PaymentConnection'], ParentType, ContextType, RequireFields<QueryPaymentsArgs, 'first'>>;
  processing?: Resolver<ResolversTypes['ProcessingState'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  paymentProcessed?: SubscriptionResolver<ResolversTypes['PaymentEvent'], "paymentProcessed", ParentType, ContextType, Partial<SubscriptionPaymentProcessedArgs>>;
};

export type UserResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User'], FederationReferenceType extends FederationReferenceTypes['User'] = FederationReferenceTypes['User']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['User']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  payments?: Resolver<ResolversTypes['PaymentConnection'], ParentType, ContextType, RequireFields<UserPaymentsArgs, 'first'>>;
};

export type Resolvers<ContextType = RequestContext> = {
  Currency?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  DeadLetter?: DeadLetterResolvers<ContextType>;
  DeadLetterConnection?: DeadLetterConnectionResolvers<ContextType>;
  DeadLetterEdge?: DeadLetterEdgeResolvers<ContextType>;
  Decimal?: GraphQLScalarType;
  DiscardedDeadLetter?: DiscardedDeadLetterResolvers<ContextType>;
  DiscardedDeadLetterConnection?: DiscardedDeadLetterConnectionResolvers<ContextType>;
  DiscardedDeadLetterEdge?: DiscardedDeadLetterEdgeResolvers<ContextType>;
  Money?: MoneyResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Payment?: PaymentResolvers<ContextType>;
  PaymentConnection?: PaymentConnectionResolvers<ContextType>;
  PaymentEdge?: PaymentEdgeResolvers<ContextType>;
  PaymentEvent?: PaymentEventResolvers<ContextType>;
  ProcessingState?: ProcessingStateResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
};

