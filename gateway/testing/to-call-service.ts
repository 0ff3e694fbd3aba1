import { describe, isObject } from './check-test-graph.ts';
import type { SubgraphCall } from './call-recorder.ts';
import type { MatcherContext, MatcherOutcome } from './matcher-context.ts';

/** Which calls count. What is left out is not looked at; objects match when they hold at least what is named, asymmetric matchers included. */
export interface CallExpectation {
  /** How many such calls; default: at least one. */
  readonly times?: number;
  /** Part of the operation's text, or a pattern for it. White space does not count for a text. */
  readonly query?: string | RegExp;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface Called {
  readonly calls: readonly SubgraphCall[];
  readonly services: readonly string[];
}

const KEYS = ['times', 'query', 'variables', 'headers'];

/** @param expected how many calls, or which */
export function toCallService(this: MatcherContext, received: unknown, service: unknown, expected: unknown = {}): MatcherOutcome {
  const called = checkReceived(received);
  const { times, query, variables, headers } = checkExpected(called, service, expected);
  const { printExpected, printReceived, matcherHint, subsetEquality } = this.utils;
  const own = called.calls.filter((call) => call.service === service);
  const holds = (actual: unknown, wanted: unknown): boolean =>
    wanted === undefined || this.equals(actual, wanted, [...this.customTesters, subsetEquality]);
  const fitting = own.filter((call) => isIn(call.query, query) && holds(call.variables, variables) && holds(call.headers, headers));
  const pass = times === undefined ? fitting.length > 0 : fitting.length === times;

  const wanted = [
    ...(query === undefined ? [] : [`query ${printExpected(query)}`]),
    ...(variables === undefined ? [] : [`variables ${printExpected(variables)}`]),
    ...(headers === undefined ? [] : [`headers ${printExpected(headers)}`]),
  ];
  const which = wanted.length > 0 ? ` with ${wanted.join(' and ')}` : '';
  const count = times === undefined ? 'at least once' : timesOf(times);
  const others = called.calls.filter((call) => call.service !== service);
  return {
    pass,
    message: () =>
      [
        matcherHint('toCallService', undefined, 'name', { isNot: this.isNot ?? false }),
        '',
        `Expected: ${pass ? `not to call ${String(service)} ${times === undefined ? 'at all' : count}` : `to call ${String(service)} ${count}`}${which}`,
        `Received: ${timesOf(fitting.length)}${which === '' || own.length === fitting.length ? '' : `, and ${timesOf(own.length)} in all`}`,
        ...(own.length > 0
          ? ['', `Calls of ${String(service)}:`, ...own.map((call) => showCall(call, printReceived, headers !== undefined))]
          : []),
        ...(others.length > 0 ? ['', `Other calls: ${[...new Set(others.map((call) => call.service))].join(', ')}`] : []),
        ...errorsOf(received),
      ].join('\n'),
  };
}

function checkReceived(received: unknown): Called {
  const expected = 'toCallService: expected the result of graph.execute, a subscription or a graph';
  if (received instanceof Promise) throw new TypeError(`${expected}, got a Promise: await it first`);
  if (typeof received === 'object' && received !== null && 'calls' in received && 'services' in received) return received as Called;
  throw new TypeError(`${expected}, got ${describe(received)}`);
}

function checkExpected({ services }: Called, service: unknown, expected: unknown): CallExpectation {
  if (typeof service !== 'string') throw new TypeError(`toCallService: expected the name of a subgraph, got ${describe(service)}`);
  if (!services.includes(service))
    throw new Error(`toCallService: expected one of the subgraphs ${services.join(', ')}, got ${JSON.stringify(service)}`);
  const wanted = typeof expected === 'number' ? { times: expected } : expected;
  const shape = 'toCallService: expected a number of calls or { times?, query?, variables?, headers? }';
  if (!isObject(wanted)) throw new TypeError(`${shape}, got ${describe(expected)}`);
  const strangers = Object.keys(wanted).filter((key) => !KEYS.includes(key));
  if (strangers.length > 0) throw new TypeError(`${shape}, got ${strangers.join(', ')} besides`);
  const { times } = wanted;
  if (times !== undefined && !(Number.isInteger(times) && Number(times) >= 0))
    throw new TypeError(`toCallService: expected times to be 0 or more, got ${describe(times)}`);
  return wanted as CallExpectation;
}

function isIn(text: string, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted !== 'string') return new RegExp(wanted.source, wanted.flags.replace('g', '')).test(text); // `g` would remember where it was
  return tight(text).includes(tight(wanted));
}

/** Without the white space and commas that GraphQL does not need. */
function tight(text: string): string {
  return text
    .replace(/[\s,]+/g, ' ')
    .replace(/ ?([^\w$"]) ?/g, '$1')
    .trim();
}

function showCall({ query, variables, headers }: SubgraphCall, print: (value: unknown) => string, withHeaders: boolean): string {
  const given = Object.keys(variables).length > 0 ? `\n    variables ${print(variables)}` : '';
  return `  ${query}${given}${withHeaders ? `\n    headers ${print(headers)}` : ''}`;
}

function errorsOf(received: unknown): string[] {
  const errors = isObject(received) && Array.isArray(received['errors']) ? (received['errors'] as { message?: unknown }[]) : [];
  return errors.length > 0 ? ['', 'Errors of the operation:', ...errors.map(({ message }) => `  ${String(message)}`)] : [];
}

function timesOf(count: number): string {
  return count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`;
}
