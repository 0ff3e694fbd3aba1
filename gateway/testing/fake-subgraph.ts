import { isAbstractType, isObjectType, parse, type DocumentNode, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { ConfigError } from '../../platform/foundation/errors.ts';
import { createFakeEvents, type FakeEvent } from './fake-events.ts';
import { createFakeFaults } from './fake-faults.ts';
import { readKeys } from './fake-keys.ts';
import { createFakeOverrides, type FakeType } from './fake-overrides.ts';
import { createFakeValues } from './fake-values.ts';
import { toSubgraphSchema, type SubgraphResolvers } from './subgraph-schema.ts';

export interface FakeSubgraphOptions {
  /** Another seed, other data; default 1. Subgraphs with the same seed agree on the fields that they share. */
  readonly seed?: number | string;
  /** Values of your own, by type. */
  readonly overrides?: Readonly<Record<string, FakeType>>;
  /** Items in a list, fewer when `first`, `last` or `limit` asks for fewer; default 2. */
  readonly listLength?: number;
  /** Subscription fields that send that many events at once to each subscriber and then end. The others wait for `emit`. */
  readonly events?: Readonly<Record<string, number>>;
}

/** A subgraph that answers everything its SDL has; `startTestGraph` takes it as it is. */
export interface FakeSubgraph {
  readonly sdl: string | DocumentNode;
  readonly resolvers: SubgraphResolvers;
  /**
   * Sends an event to everybody who is subscribed to that field; the first one is waited for, for 5 seconds at most.
   * @param event some of its fields; the rest is made up
   * @returns how many got it
   */
  emit(field: string, event?: unknown): Promise<number>;
  /** Ends the open subscriptions of that field. */
  complete(field: string): void;
  /** From now on `User.name` fails, or with `User` every field of it and finding one by its key. @param options.times default: until `restore` */
  fail(coordinate: string, error: Error | string, options?: { readonly times?: number }): void;
  /** The same, but later instead of never. */
  delay(coordinate: string, ms: number, options?: { readonly times?: number }): void;
  /** Takes every `fail` and `delay` back. */
  restore(): void;
}

type Args = Readonly<Record<string, unknown>>;
type Resolver = (parent: unknown, args: Args, context: unknown) => Promise<unknown>;

/**
 * Makes a subgraph of an SDL alone. Every value follows from the seed, its type, the key or path of its object, the field and its
 * arguments, so the same request gets the same answer in every run, and an entity has the same data however it is reached.
 * @throws ConfigError COMPOSITION_FAILED for an SDL that cannot be read; Error for an option that does not fit it
 */
export function fakeSubgraph(sdl: string | DocumentNode, options: FakeSubgraphOptions = {}): FakeSubgraph {
  const { seed = 1, listLength = 2, events: counts = {} } = options;
  const schema = toSubgraphSchema({ name: 'fake', sdl });
  if (!Number.isInteger(listLength) || listLength < 0)
    throw new ConfigError([`fakeSubgraph: expected listLength to be 0 or more, got ${listLength}`]);
  const overrides = createFakeOverrides(schema, options.overrides ?? {});
  const keys = readKeys(typeof sdl === 'string' ? parse(sdl) : sdl);
  const values = createFakeValues({ schema, keys, seed: String(seed), listLength, overrides });
  const faults = createFakeFaults(schema);
  const events = createFakeEvents();
  const subscriptions = schema.getSubscriptionType();
  checkCounts(counts, subscriptions);

  const resolverOf = (owner: string, field: GraphQLField<unknown, unknown>): Resolver => {
    const override = overrides.field(owner, field.name);
    return async (parent, args, context) => {
      await faults.meet(owner, field.name);
      const own = (parent as Args | undefined)?.[field.name];
      const given = typeof override === 'function' ? await override((parent ?? {}) as Args, args, context) : override;
      return values.complete({ owner, field }, given === undefined ? own : given, values.place(parent, owner, field.name, args), args);
    };
  };
  const subscriberOf = (owner: string, field: GraphQLField<unknown, unknown>) => ({
    subscribe: async (_root: unknown, _args: Args) => {
      await faults.meet(owner, field.name);
      return events.open(field.name, counts[field.name]);
    },
    resolve: async ({ given, index }: FakeEvent, args: Args, context: unknown) => {
      const override = overrides.field(owner, field.name);
      const own = typeof override === 'function' ? await override({}, args, context) : override;
      return values.complete({ owner, field }, given ?? own, `${owner}.${field.name}#${index}`, args);
    },
  });
  const resolversOf = (type: GraphQLObjectType): Record<string, unknown> =>
    Object.fromEntries(
      Object.values(type.getFields())
        .filter(({ name }) => !name.startsWith('_'))
        .map((field) => [field.name, type === subscriptions ? subscriberOf(type.name, field) : resolverOf(type.name, field)]),
    );
  const referenceOf = (typeName: string) => async (reference: Args) => {
    await faults.meet(typeName);
    const { __typename, ...known } = reference;
    return values.object(typeof __typename === 'string' ? __typename : typeName, known, typeName);
  };

  const resolvers: Record<string, Record<string, unknown>> = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('_')) continue;
    if (isObjectType(type))
      resolvers[type.name] = { ...resolversOf(type), ...(keys.has(type.name) && { __resolveReference: referenceOf(type.name) }) };
    if (isAbstractType(type)) resolvers[type.name] = { __resolveType: ({ __typename }: { __typename: string }) => __typename };
  }
  const checkField = (field: string): string => {
    checkCounts({ [field]: 0 }, subscriptions);
    return field;
  };
  return {
    sdl,
    resolvers: resolvers as SubgraphResolvers,
    emit: async (field, event) => events.emit(checkField(field), event),
    complete: (field) => events.complete(checkField(field)),
    fail: (coordinate, error, { times = Infinity } = {}) => faults.fail(coordinate, error, times),
    delay: (coordinate, ms, { times = Infinity } = {}) => faults.delay(coordinate, ms, times),
    restore: faults.restore,
  };
}

function checkCounts(counts: Readonly<Record<string, number>>, type: GraphQLObjectType | null | undefined): void {
  const known = Object.keys(type?.getFields() ?? {});
  for (const [field, count] of Object.entries(counts)) {
    if (!known.includes(field))
      throw new Error(`fakeSubgraph: expected a field of Subscription, got ${field}; it has ${known.join(', ') || 'none'}`);
    if (!Number.isInteger(count) || count < 0) throw new Error(`fakeSubgraph: expected a number of events for ${field}, got ${count}`);
  }
}
