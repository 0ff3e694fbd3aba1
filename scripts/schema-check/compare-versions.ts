import { CriticalityLevel, diff, type Change } from '@graphql-inspector/core';
import { isInputObjectType, isInterfaceType, isObjectType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { coordinatesOf, problemsOf, type KnownOperations } from './known-operations.ts';
import { locateChange, type Place } from './locate-change.ts';
import type { SchemaVersion, SubgraphVersion } from './schema-version.ts';

/** One difference between two versions. */
export interface SchemaChange {
  readonly level: 'breaking' | 'dangerous' | 'safe';
  /** As graphql-inspector names it: FIELD_REMOVED … */
  readonly type: string;
  readonly message: string;
  /** The schema coordinate, where there is one: `User.name`. */
  readonly path: string | undefined;
  /** Where it is written now, or stood. */
  readonly place: Place | undefined;
  /** Files of known operations that use it; undefined when no operations are known. */
  readonly usedBy: readonly string[] | undefined;
  /** It decides the exit code. */
  readonly counts: boolean;
}

/** All differences between two versions. */
export interface Comparison {
  /** What clients notice. */
  readonly supergraph: readonly SchemaChange[];
  readonly subgraphs: readonly { readonly name: string; readonly changes: readonly SchemaChange[] }[];
  /** Subgraphs that came, went, or were renamed; fields that moved. Nothing that clients notice. */
  readonly notes: readonly string[];
  /** Operations that do not fit the old version nor the new one, as `file:line: what`. */
  readonly invalidOperations: readonly string[];
  /** Operations that fitted the old version and do not fit the new one. */
  readonly brokenOperations: readonly string[];
}

/**
 * Compares two versions with graphql-inspector.
 * @param operations undefined: none are known, so every break of the supergraph counts; else those that one of them uses
 */
export async function compareVersions(
  before: SchemaVersion,
  after: SchemaVersion,
  operations: readonly KnownOperations[] | undefined,
): Promise<Comparison> {
  const files = after.subgraphs ?? before.subgraphs ?? new Map<string, SubgraphVersion>();
  const usages = operations?.map((operation) => ({ file: operation.file, used: coordinatesOf(operation, before.api) }));
  const usedBy = (change: Change): string[] | undefined => {
    const coordinate = standsOn(change);
    return usages?.filter(({ used }) => coordinate === undefined || used.has(coordinate)).map(({ file }) => file);
  };
  const supergraph = (await diff(before.api, after.api)).map((change) => {
    const users = usedBy(change);
    const counts = change.criticality.level === CriticalityLevel.Breaking && (users === undefined || users.length > 0);
    return toChange(change, [...files.values()], before, users, counts);
  });
  const invalid: string[] = [];
  const broken: string[] = [];
  for (const operation of operations ?? []) {
    const now = problemsOf(operation, after.api);
    if (now.length > 0) (problemsOf(operation, before.api).length > 0 ? invalid : broken).push(...now);
  }
  const { subgraphs, notes } = await compareSubgraphs(before, after);
  return { supergraph: sorted(supergraph), subgraphs, notes, invalidOperations: invalid, brokenOperations: broken };
}

/** The coordinate of the old schema that a change is about: what is added was not there, so it hits those who use what it is added to. */
function standsOn({ path, type }: Change): string | undefined {
  return String(type).endsWith('_ADDED') ? path?.split('.').slice(0, -1).join('.') || path : path;
}

/** @returns whether the comparison found a break that counts */
export function isBroken({ supergraph, brokenOperations }: Comparison): boolean {
  return brokenOperations.length > 0 || supergraph.some(({ counts }) => counts);
}

async function compareSubgraphs(before: SchemaVersion, after: SchemaVersion): Promise<Pick<Comparison, 'subgraphs' | 'notes'>> {
  if (!before.subgraphs || !after.subgraphs) return { subgraphs: [], notes: [] };
  const removed = [...before.subgraphs].filter(([name]) => !after.subgraphs?.has(name));
  const added = [...after.subgraphs].filter(([name]) => !before.subgraphs?.has(name));
  const notes: string[] = [];
  const subgraphs: { name: string; changes: readonly SchemaChange[] }[] = [];
  const pairs = [...after.subgraphs].flatMap(([name, now]) => {
    const then = before.subgraphs?.get(name);
    return then ? [{ name, then, now }] : [];
  });
  for (const [name, then] of removed) {
    const heir = added.find(([, now]) => isSameSubgraph(then.schema, now.schema));
    if (!heir) {
      notes.push(`subgraph ${name} was removed`);
      continue;
    }
    notes.push(`subgraph ${name} was renamed to ${heir[0]}`);
    added.splice(added.indexOf(heir), 1);
    pairs.push({ name: heir[0], then, now: heir[1] });
  }
  for (const [name] of added) notes.push(`subgraph ${name} is new`);
  for (const { name, then, now } of pairs) {
    if (then.routingUrl !== now.routingUrl) notes.push(`subgraph ${name} answers at ${now.routingUrl}, no longer at ${then.routingUrl}`);
    if (then.file !== undefined && now.file !== undefined && then.file !== now.file)
      notes.push(`the schema of subgraph ${name} is in ${now.file}, no longer in ${then.file}`);
    const changes = (await diff(then.schema, now.schema)).filter(
      ({ path }) => !/^@?(federation__|link__|_Entity|_Any|_Service|core__)/.test(path ?? ''),
    );
    if (changes.length > 0)
      subgraphs.push({ name, changes: sorted(changes.map((change) => toChange(change, [now], before, undefined, false))) });
  }
  return { subgraphs, notes: [...notes, ...movedFields(before.subgraphs, after.subgraphs)] };
}

/** `User.name moved from users to accounts`. */
function movedFields(before: ReadonlyMap<string, SubgraphVersion>, after: ReadonlyMap<string, SubgraphVersion>): string[] {
  const owners = (subgraphs: ReadonlyMap<string, SubgraphVersion>): Map<string, Set<string>> => {
    const byField = new Map<string, Set<string>>();
    for (const [name, { schema }] of subgraphs)
      for (const field of fieldsOf(schema)) byField.set(field, (byField.get(field) ?? new Set()).add(name));
    return byField;
  };
  const then = owners(before);
  const notes: string[] = [];
  for (const [field, now] of owners(after)) {
    const left = [...(then.get(field) ?? [])].filter((name) => !now.has(name) && after.has(name));
    const came = [...now].filter((name) => !then.get(field)?.has(name) && before.has(name));
    if (left.length > 0 && came.length > 0) notes.push(`${field} moved from ${left.join(' and ')} to ${came.join(' and ')}`);
  }
  return notes;
}

/** The same text, or at least half of all fields in common. */
function isSameSubgraph(one: GraphQLSchema, other: GraphQLSchema): boolean {
  if (printSchema(lexicographicSortSchema(one)) === printSchema(lexicographicSortSchema(other))) return true;
  const [left, right] = [new Set(fieldsOf(one)), new Set(fieldsOf(other))];
  const common = [...left].filter((field) => right.has(field)).length;
  return common > 0 && common * 2 >= Math.max(left.size, right.size);
}

function fieldsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (/^(_|federation__|link__)/.test(type.name) || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) return [];
    return Object.keys(type.getFields())
      .filter((field) => !field.startsWith('_'))
      .map((field) => `${type.name}.${field}`);
  });
}

function toChange(
  change: Change,
  files: readonly SubgraphVersion[],
  before: SchemaVersion,
  usedBy: readonly string[] | undefined,
  counts: boolean,
): SchemaChange {
  const { criticality, message, path, type } = change;
  const level = LEVELS[criticality.level];
  const then = locateChange(path, [...(before.subgraphs?.values() ?? [])]);
  const place = locateChange(path, files, then?.file) ?? then;
  return { level, type: String(type), message, path, place, usedBy: level === 'breaking' ? usedBy : undefined, counts };
}

const LEVELS = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
} as const;

const ORDER = { breaking: 0, dangerous: 1, safe: 2 };

function sorted(changes: readonly SchemaChange[]): SchemaChange[] {
  return changes.toSorted((one, other) => ORDER[one.level] - ORDER[other.level]);
}
