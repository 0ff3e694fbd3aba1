import * as z from 'zod';
import { ConfigError } from './errors.ts';

/** One environment variable: what it may hold, what it means, and its default as the outside would write it (`undefined`: it must be set). */
export interface Variable<T> {
  readonly schema: z.ZodType<T, string>;
  readonly description: string;
  readonly default: string | undefined;
  /** Its value is never printed. */
  readonly secret?: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type Variables = Readonly<Record<string, Variable<unknown>>>;
export type Values<V extends Variables> = { readonly [Name in keyof V]: V[Name] extends Variable<infer T> ? T : never };

/**
 * Reads the named variables. An empty string counts as not set.
 * @param prefixes a variable with one of these prefixes that is not named in `variables` is a problem: it is a typo
 * @throws ConfigError CONFIG_INVALID with every problem, not just the first
 */
export function readVariables<V extends Variables>(env: Environment, variables: V, prefixes: readonly string[] = []): Values<V> {
  const problems = unknownVariables(env, Object.keys(variables), prefixes);
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const text = env[name] || variable.default;
    if (text === undefined) {
      problems.push(`${name} is not set: ${variable.description}`);
      continue;
    }
    const result = variable.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else problems.push(`${name}=${variable.secret ? '***' : text} ${result.error.issues.map((issue) => issue.message).join(', ')}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Values<V>;
}

/** Runs several readers and throws one ConfigError with the problems of all of them. */
export function readAll<R extends readonly unknown[]>(...readers: { [K in keyof R]: () => R[K] }): R {
  const problems = new Set<string>();
  const results = readers.map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return undefined;
    }
  });
  if (problems.size > 0) throw new ConfigError([...problems]);
  return results as unknown as R;
}

function unknownVariables(env: Environment, known: readonly string[], prefixes: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !known.includes(name))
    .sort()
    .map(
      (name) =>
        `${name} is not a variable that exists; known are ${known.filter((other) => prefixes.some((prefix) => other.startsWith(prefix))).join(', ')}`,
    );
}

/** A whole number between two bounds, written in plain digits. */
export function integer(min: number, max: number): z.ZodType<number, string> {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,15}$/, problem)
    .transform(Number)
    .refine((value) => value >= min && value <= max, problem);
}

/** A TCP port; 0 lets the system choose. */
export const port = integer(0, 65_535);

export function oneOf<const T extends readonly string[]>(...choices: T): z.ZodType<T[number], string> {
  return z.string().refine((text): text is T[number] => choices.includes(text), `must be one of ${choices.join(', ')}`);
}

/** Text that is not blank. */
export const text: z.ZodType<string, string> = z.string().refine((value) => value.trim() !== '', 'must not be blank');

export const flag: z.ZodType<boolean, string> = oneOf('true', 'false').transform((value) => value === 'true');

/** A URL with one of the protocols, given without the colon. */
export function url(...protocols: string[]): z.ZodType<string, string> {
  return z
    .string()
    .refine((value) => isUrl(value, protocols), `must be a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`);
}

/** One URL or several separated by commas. */
export function urls(...protocols: string[]): z.ZodType<string[], string> {
  return z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine(
      (parts) => parts.every((part) => isUrl(part, protocols)),
      `must be URLs that start with ${protocols.map((name) => `${name}://`).join(' or ')}, separated by commas`,
    );
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.some((protocol) => value.toLowerCase().startsWith(`${protocol}://`));
}
