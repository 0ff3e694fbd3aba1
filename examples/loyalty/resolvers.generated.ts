import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { UserReference, PaymentReference, RequestContext } from './context.ts';
import type { EarnedPointsRow } from './points-store.ts';
import type { Connection } from '../../subgraphs/connections.ts';
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
  /** A moment in UTC as RFC 3339 writes it, `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: Date; output: Date; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** Points that one payment earned. */
export type EarnedPoints = {
  readonly __typename?: 'EarnedPoints';
  /** When the payment was processed. */
  readonly earnedAt: Scalars['DateTime']['output'];
  /** The payment. */
  readonly payment: Payment;
  /** How many; never zero. */
  readonly points: Scalars['Int']['output'];
};

/** One page of payments that earned points. */
export type EarnedPointsConnection = {
  readonly __typename?: 'EarnedPointsConnection';
  /** The items of this page with their cursors. */
  readonly edges: ReadonlyArray<EarnedPointsEdge>;
  /** The items of this page. */
  readonly nodes: ReadonlyArray<EarnedPoints>;
  /** Where this page begins and ends. */
  readonly pageInfo: PageInfo;
};

/** Earned points in a page. */
export type EarnedPointsEdge = {
  readonly __typename?: 'EarnedPointsEdge';
  /** Points at this item: pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The item. */
  readonly node: EarnedPoints;
};

/** What a user has earned by paying. */
export type Loyalty = {
  readonly __typename?: 'Loyalty';
  /** The payments that earned points, newest first. */
  readonly history: EarnedPointsConnection;
  /** All points of the user; 2,147,483,647 when there are more. */
  readonly points: Scalars['Int']['output'];
  /** What the points are worth. */
  readonly tier: LoyaltyTier;
};


/** What a user has earned by paying. */
export type LoyaltyHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How loyal a user is. */
export type LoyaltyTier =
  /** Fewer than 100 points. */
  | 'BRONZE'
  /** 1,000 points or more. */
  | 'GOLD'
  /** 100 points or more. */
  | 'SILVER';

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
  /** The payment's identifier, given when it was accepted. */
  readonly id: Scalars['ID']['output'];
  /** Points for this payment: one for each whole 10 of its currency, at most 100,000. Null until loyalty has heard that it was processed, and for a payment that failed. */
  readonly points: Maybe<Scalars['Int']['output']>;
};

/** Points that were just added to a user's. */
export type PointsEarned = {
  readonly __typename?: 'PointsEarned';
  /** This event's place among all events: pass it as `after` to continue behind it. */
  readonly cursor: Scalars['String']['output'];
  /** When the payment was processed. */
  readonly earnedAt: Scalars['DateTime']['output'];
  /** The payment that earned them. */
  readonly payment: Payment;
  /** How many; never zero. */
  readonly points: Scalars['Int']['output'];
  /** Whose points they are. */
  readonly user: User;
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  /** Every payment that earned points. With after, first everything since that cursor, then live, without a gap or a repeat. */
  readonly pointsEarned: PointsEarned;
};


export type SubscriptionPointsEarnedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** Somebody who holds a balance and pays from it. */
export type User = {
  readonly __typename?: 'User';
  /** The user's identifier, given by the users service. */
  readonly id: Scalars['ID']['output'];
  /** What the user has earned by paying. Null when loyalty does not answer: users and payments are there without it. */
  readonly loyalty: Maybe<Loyalty>;
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
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  EarnedPoints: ResolverTypeWrapper<EarnedPointsRow>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  EarnedPointsConnection: ResolverTypeWrapper<Connection<EarnedPointsRow>>;
  EarnedPointsEdge: ResolverTypeWrapper<Omit<EarnedPointsEdge, 'node'> & { node: ResolversTypes['EarnedPoints'] }>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Loyalty: ResolverTypeWrapper<UserReference>;
  LoyaltyTier: LoyaltyTier;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Payment: ResolverTypeWrapper<PaymentReference>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  PointsEarned: ResolverTypeWrapper<EarnedPointsRow>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  User: ResolverTypeWrapper<UserReference>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  DateTime: Scalars['DateTime']['output'];
  EarnedPoints: EarnedPointsRow;
  Int: Scalars['Int']['output'];
  EarnedPointsConnection: Connection<EarnedPointsRow>;
  EarnedPointsEdge: Omit<EarnedPointsEdge, 'node'> & { node: ResolversParentTypes['EarnedPoints'] };
  String: Scalars['String']['output'];
  Loyalty: UserReference;
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  Payment: PaymentReference;
  ID: Scalars['ID']['output'];
  PointsEarned: EarnedPointsRow;
  Subscription: Record<PropertyKey, never>;
  User: UserReference;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EarnedPointsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EarnedPoints'] = ResolversParentTypes['EarnedPoints']> = {
  earnedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  payment?: Resolver<ResolversTypes['Payment'], ParentType, ContextType>;
  points?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EarnedPointsConnectionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EarnedPointsConnection'] = ResolversParentTypes['EarnedPointsConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['EarnedPointsEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['EarnedPoints']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type EarnedPointsEdgeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['EarnedPointsEdge'] = ResolversParentTypes['EarnedPointsEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['EarnedPoints'], ParentType, ContextType>;
};

export type LoyaltyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Loyalty'] = ResolversParentTypes['Loyalty']> = {
  history?: Resolver<ResolversTypes['EarnedPointsConnection'], ParentType, ContextType, RequireFields<LoyaltyHistoryArgs, 'first'>>;
  points?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  tier?: Resolver<ResolversTypes['LoyaltyTier'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PaymentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Payment'] = ResolversParentTypes['Payment'], FederationReferenceType extends FederationReferenceTypes['Payment'] = FederationReferenceTypes['Payment']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Payment']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  points?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type PointsEarnedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PointsEarned'] = ResolversParentTypes['PointsEarned']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  earnedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  payment?: Resolver<ResolversTypes['Payment'], ParentType, ContextType>;
  points?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  pointsEarned?: SubscriptionResolver<ResolversTypes['PointsEarned'], "pointsEarned", ParentType, ContextType, Partial<SubscriptionPointsEarnedArgs>>;
};

export type UserResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User'], FederationReferenceType extends FederationReferenceTypes['User'] = FederationReferenceTypes['User']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['User']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  loyalty?: Resolver<Maybe<ResolversTypes['Loyalty']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  DateTime?: GraphQLScalarType;
  EarnedPoints?: EarnedPointsResolvers<ContextType>;
  EarnedPointsConnection?: EarnedPointsConnectionResolvers<ContextType>;
  EarnedPointsEdge?: EarnedPointsEdgeResolvers<ContextType>;
  Loyalty?: LoyaltyResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Payment?: PaymentResolvers<ContextType>;
  PointsEarned?: PointsEarnedResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
};

