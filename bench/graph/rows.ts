/**
 * What the graph of the benchmark knows: scalars only, computed from an index, so that every process has the same rows without sharing any.
 * A product has three reviews, and so has a user.
 */
export const PRODUCTS = 200;
export const USERS = 200;
export const REVIEWS = PRODUCTS * 3;
export const WAREHOUSES = 50;

const ADJECTIVES = ['Sturdy', 'Quiet', 'Foldable', 'Bright', 'Heavy', 'Plain', 'Warm', 'Smooth'];
const NOUNS = ['Table', 'Lamp', 'Chair', 'Kettle', 'Shelf', 'Clock', 'Mirror', 'Stool', 'Bench'];
const CITIES = ['Lisbon', 'Oslo', 'Ghent', 'Turin', 'Graz', 'Porto', 'Lyon'];
const OPINIONS = [
  'Does what it should.',
  'Better than the picture.',
  'Arrived late, works well.',
  'Would buy it again at once.',
  'Too “small” for us.',
];

export interface ProductRow {
  readonly __typename: 'Product';
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
  readonly category: string;
}

export interface UserRow {
  readonly __typename: 'User';
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly city: string;
}

export interface ReviewRow {
  readonly __typename: 'Review';
  readonly id: string;
  readonly rating: number;
  readonly body: string;
}

export interface WarehouseRow {
  readonly __typename: 'Warehouse';
  readonly id: string;
  readonly city: string;
  readonly capacity: number;
}

/** `p7` is a product, and `x7` is one whose reviews cannot be read. */
export function productRow(upc: string): ProductRow | null {
  const n = indexOf(upc, /^[px]/, PRODUCTS);
  if (n === undefined) return null;
  const name = `${pick(ADJECTIVES, n)} ${pick(NOUNS, n)} No. ${n}`;
  return { __typename: 'Product', upc, name, price: 500 + ((n * 137) % 9_000), weight: 100 + ((n * 61) % 4_000), category: pick(NOUNS, n) };
}

export function userRow(id: string): UserRow | null {
  const n = indexOf(id, /^u/, USERS);
  return n === undefined ? null : { __typename: 'User', id, name: `Reader Number ${n}`, username: `@reader${n}`, city: pick(CITIES, n) };
}

/** `r7` is a review, `e7` is one that a subscription reports as the event of that number. */
export function reviewRow(id: string): ReviewRow | null {
  const n = id.startsWith('e') ? Number(id.slice(1)) : indexOf(id, /^r/, REVIEWS);
  if (n === undefined) return null;
  return { __typename: 'Review', id, rating: 1 + (n % 5), body: `${pick(OPINIONS, n)} ${pick(OPINIONS, n + 2)} (${n})` };
}

export function warehouseRow(id: string): WarehouseRow | null {
  const n = indexOf(id, /^w/, WAREHOUSES);
  return n === undefined ? null : { __typename: 'Warehouse', id, city: pick(CITIES, n), capacity: 1_000 + n * 10 };
}

export function stockOf(upc: string): number {
  return (Number(upc.slice(1)) * 31) % 90;
}

export function shippingEstimateOf(price: number, weight: number): number {
  return price > 5_000 ? 0 : Math.round(weight / 2);
}

export function reviewsOfProduct(upc: string, first: number): string[] {
  const n = Number(upc.slice(1));
  return [0, 1, 2].slice(0, first).map((k) => `r${n * 3 + k}`);
}

export function reviewsOfUser(id: string, first: number): string[] {
  return (reviewsByAuthor.get(id) ?? []).slice(0, first);
}

export function authorOf(reviewId: string): string {
  return `u${(Number(reviewId.slice(1)) * 7 + 3) % USERS}`;
}

export function productOf(reviewId: string): string {
  return `p${Math.floor(Number(reviewId.slice(1)) / 3) % PRODUCTS}`;
}

/** `count` names that begin at `skip` and go around: `window('p', 200, 199, 2)` is `['p199', 'p0']`. */
export function window(prefix: string, size: number, skip: number, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${prefix}${(skip + k) % size}`);
}

const reviewsByAuthor = new Map<string, string[]>();
for (let n = 0; n < REVIEWS; n += 1) {
  const author = authorOf(`r${n}`);
  reviewsByAuthor.set(author, [...(reviewsByAuthor.get(author) ?? []), `r${n}`]);
}

function indexOf(id: string, prefix: RegExp, size: number): number | undefined {
  const n = Number(id.replace(prefix, ''));
  return prefix.test(id) && Number.isInteger(n) && n >= 0 && n < size ? n : undefined;
}

function pick(from: readonly string[], n: number): string {
  return from[n % from.length] ?? '';
}
