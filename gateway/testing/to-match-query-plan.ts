import { describe } from './check-test-graph.ts';
import type { MatcherContext, MatcherOutcome } from './matcher-context.ts';

/** Compares the plan of a result, of a subscription, or a plan as text, with a text. Common indentation and empty lines around it do not count. */
export function toMatchQueryPlan(this: MatcherContext, received: unknown, expected: unknown): MatcherOutcome {
  const plan = dedent(planOf(received));
  if (typeof expected !== 'string') {
    throw new TypeError(
      `toMatchQueryPlan: expected a plan as text, got ${describe(expected)}; for a snapshot write expect(result.plan).toMatchInlineSnapshot()`,
    );
  }
  const wanted = dedent(expected);
  const pass = plan === wanted;
  const { matcherHint, diff } = this.utils;
  return {
    pass,
    message: () =>
      `${matcherHint('toMatchQueryPlan', undefined, 'plan', { isNot: this.isNot ?? false })}\n\n${
        pass ? `Expected another plan than:\n${plan}` : (diff(wanted, plan) ?? `Received:\n${plan}`)
      }`,
  };
}

function planOf(received: unknown): string {
  const expected = 'toMatchQueryPlan: expected the result of graph.execute, a subscription, or a plan as text';
  if (received instanceof Promise) throw new TypeError(`${expected}, got a Promise: await it first`);
  if (typeof received === 'string') return received;
  const plan = typeof received === 'object' && received !== null && 'plan' in received ? received.plan : undefined;
  if (typeof plan !== 'string') throw new TypeError(`${expected}, got ${describe(received)}`);
  return plan;
}

function dedent(text: string): string {
  const lines = text
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const common = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(common === Infinity ? 0 : common).trimEnd()).join('\n');
}
